// What this tab has had analysed, as far as the gateway still knows it.

import type { AnalysisSummary } from "./analysis";
import { list, remove } from "./api";
import { type Batch, getBatch, removeBatch } from "./batches";
import { announce, el } from "./dom";
import { capital, swatch, time } from "./emotions";
import { Problem } from "./problem";
import { type Entry, session } from "./session";
import { SureButton } from "./sure-button";

const period = 2000;

type Known = AnalysisSummary | Batch;

export class HistoryView {
  readonly element = el("section", { class: "card history", tabindex: -1, "aria-labelledby": "history-title" });
  private readonly items = el("ul");
  private readonly nothing = el("li", { class: "faint" }, "Nothing yet. What you have analysed in this tab is listed here.");
  private readonly word = el("p", { class: "faint", role: "status" });
  private readonly rows = new Map<string, Row>();
  private timer = 0;
  private closed = false;

  constructor() {
    this.element.append(el("h2", { id: "history-title" }, "This session"), this.items, this.word);
    this.arrange();
    void this.refresh();
  }

  close(): void {
    this.closed = true;
    window.clearTimeout(this.timer);
  }

  private async refresh(): Promise<void> {
    window.clearTimeout(this.timer);
    if (this.rows.size === 0) {
      return;
    }
    let again = true;
    try {
      const known = await this.known();
      this.rows.forEach((row, id) => row.show(known.get(id)));
      this.word.textContent = "";
      again = [...known.values()].some((one) => one.status === "queued" || one.status === "running");
    } catch (failure) {
      this.word.textContent = failure instanceof Problem ? failure.message : "The list could not be read.";
    }
    window.clearTimeout(this.timer);
    if (again && !this.closed) {
      this.timer = window.setTimeout(() => void this.refresh(), period);
    }
  }

  private async known(): Promise<Map<string, Known>> {
    const entries = session.entries();
    const found = await Promise.all([
      list(new Set(entries.filter((entry) => !entry.clips).map((entry) => entry.id))),
      ...entries.filter((entry) => entry.clips).map(async (entry) => {
        try {
          return [await getBatch(entry.id)];
        } catch (failure) {
          if (failure instanceof Problem && failure.reason === "unknown-batch") {
            return [];
          }
          throw failure;
        }
      }),
    ]);
    return new Map(found.flat().map((one): [string, Known] => [one.id, one]));
  }

  /** A row for each entry of the session; one that is there stays, with the focus in it and the question that it asks. */
  private arrange(): void {
    const entries = session.entries();
    for (const [id, row] of this.rows) {
      if (!entries.some((entry) => entry.id === id)) {
        row.element.remove();
        this.rows.delete(id);
      }
    }
    for (const entry of entries.filter((one) => !this.rows.has(one.id))) {
      const row = new Row(entry, () => this.deleted(entry));
      this.rows.set(entry.id, row);
      this.items.append(row.element);
    }
    if (entries.length === 0) {
      this.items.append(this.nothing);
    }
  }

  private deleted(entry: Entry): void {
    session.remove(entry.id);
    announce(`${entry.name} is deleted`);
    this.arrange();
    if (!this.closed) {
      (this.items.querySelector("a") ?? this.element).focus();
      void this.refresh();
    }
  }
}

class Row {
  readonly element: HTMLLIElement;
  private readonly what = el("span", { class: "what" });
  private readonly button: SureButton;
  private readonly word = el("span", { class: "word", role: "alert" });

  constructor(private readonly entry: Entry, private readonly onDeleted: () => void) {
    this.button = new SureButton("Delete", "Delete for good?", entry.name, () => void this.delete());
    const address = entry.clips ? `#/batches/${entry.id}` : `#/analyses/${entry.id}`;
    this.element = el("li", { "data-id": entry.id }, el("a", { href: address }, entry.name), this.what, this.button.element, this.word);
  }

  /** @param known Undefined where the gateway does not know it any more. */
  show(known: Known | undefined): void {
    this.what.replaceChildren(...(known === undefined ? ["no longer kept"] : "counts" in known ? counted(known) : summary(known)));
  }

  private async delete(): Promise<void> {
    this.button.rest();
    this.word.textContent = "";
    try {
      await (this.entry.clips ? removeBatch : remove)(this.entry.id);
    } catch (failure) {
      if (!(failure instanceof Problem && failure.status === 404)) { // Not there any more is what was wanted.
        this.word.textContent = `Not deleted: ${failure instanceof Problem ? failure.message : String(failure)}`;
        this.button.wake();
        this.button.element.focus();
        return;
      }
    }
    this.onDeleted();
  }
}

function counted({ status, counts }: Batch): string[] {
  const ended = counts.done + counts.failed;
  return [
    status === "running" ? `${ended} of ${counts.total} clips ended` : `${counts.done} of ${counts.total} clips answered`,
    counts.failed > 0 ? `, ${counts.failed} not` : "",
  ];
}

/** An analysis in few words. */
export function summary(one: Pick<AnalysisSummary, "status" | "reason" | "prediction" | "certainty" | "seconds">): (Node | string)[] {
  switch (one.status) {
    case "queued":
      return ["waits"];
    case "running":
      return ["is being analysed"];
    case "failed":
      return [(one.reason ?? "failed").replaceAll("-", " ")];
    case "done":
      return [
        ...(one.prediction ? [swatch(one.prediction), ` ${capital(one.prediction)}`] : ["no answer"]),
        one.certainty === "uncertain" ? " (uncertain)" : "",
        one.seconds === null ? "" : ` · ${time(one.seconds)}`,
      ];
  }
}
