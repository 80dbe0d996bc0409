// What this tab has had analysed, as far as the gateway still knows it.

import type { AnalysisSummary } from "./analysis";
import { list, remove } from "./api";
import { announce, el } from "./dom";
import { capital, swatch, time } from "./emotions";
import { Problem } from "./problem";
import { type Entry, session } from "./session";

const period = 2000;
const patience = 4000;

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
      const known = new Map((await list(new Set(this.rows.keys()))).map((summary) => [summary.id, summary]));
      this.rows.forEach((row, id) => row.show(known.get(id)));
      this.word.textContent = "";
      again = [...known.values()].some((summary) => summary.status === "queued" || summary.status === "running");
    } catch (failure) {
      this.word.textContent = failure instanceof Problem ? failure.message : "The list could not be read.";
    }
    window.clearTimeout(this.timer);
    if (again && !this.closed) {
      this.timer = window.setTimeout(() => void this.refresh(), period);
    }
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
  private readonly button = el("button", { type: "button", class: "quiet" });
  private readonly word = el("span", { class: "word", role: "alert" });
  private isGone = false;
  private sure = false;
  private timer = 0;

  constructor(private readonly entry: Entry, private readonly onDeleted: () => void) {
    this.element = el("li", { "data-id": entry.id }, el("a", { href: `#/analyses/${entry.id}` }, entry.name), this.what, this.button, this.word);
    this.button.addEventListener("click", () => this.press());
    this.ask(false);
  }

  /** @param summary Undefined where the gateway does not know it any more. */
  show(summary: AnalysisSummary | undefined): void {
    this.isGone = summary === undefined;
    this.what.replaceChildren(...describe(summary));
  }

  /** Two presses, since what is deleted is gone. */
  private press(): void {
    if (this.sure || this.isGone) {
      void this.delete();
      return;
    }
    this.ask(true);
    this.timer = window.setTimeout(() => this.ask(false), patience);
  }

  private ask(sure: boolean): void {
    window.clearTimeout(this.timer);
    this.sure = sure;
    this.button.textContent = sure ? "Delete for good?" : "Delete";
    this.button.setAttribute("aria-label", `Delete ${this.entry.name}${sure ? " for good?" : ""}`);
  }

  private async delete(): Promise<void> {
    window.clearTimeout(this.timer);
    this.button.disabled = true;
    this.word.textContent = "";
    try {
      await remove(this.entry.id);
    } catch (failure) {
      if (!(failure instanceof Problem && failure.reason === "unknown-analysis")) { // Not there any more is what was wanted.
        this.word.textContent = `Not deleted: ${failure instanceof Problem ? failure.message : String(failure)}`;
        this.button.disabled = false;
        this.ask(false);
        this.button.focus();
        return;
      }
    }
    this.onDeleted();
  }
}

function describe(summary: AnalysisSummary | undefined): (Node | string)[] {
  switch (summary?.status) {
    case undefined:
      return ["no longer kept"];
    case "queued":
      return ["waits"];
    case "running":
      return ["is being analysed"];
    case "failed":
      return [(summary.reason ?? "failed").replaceAll("-", " ")];
    case "done":
      return [
        ...(summary.prediction ? [swatch(summary.prediction), ` ${capital(summary.prediction)}`] : ["no answer"]),
        summary.certainty === "uncertain" ? " (uncertain)" : "",
        summary.seconds === null ? "" : ` · ${time(summary.seconds)}`,
      ];
  }
}
