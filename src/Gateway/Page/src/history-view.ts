// What this tab has had analysed, as far as the gateway still knows it.

import type { AnalysisSummary } from "./analysis";
import { list, Problem, remove } from "./api";
import { announce, el } from "./dom";
import { capital, swatch, time } from "./emotions";
import { type Entry, session } from "./session";

const period = 2000;
const patience = 4000;

export class HistoryView {
  readonly element = el("section", { class: "card history", tabindex: -1, "aria-labelledby": "history-title" });
  private readonly items = el("ul");
  private timer = 0;

  constructor() {
    this.element.append(el("h2", { id: "history-title" }, "This session"), this.items);
    void this.refresh();
  }

  close(): void {
    window.clearTimeout(this.timer);
    this.timer = -1;
  }

  private async refresh(): Promise<void> {
    const entries = session.entries();
    if (entries.length === 0) {
      this.items.replaceChildren(el("li", { class: "faint" }, "Nothing yet. What you have analysed in this tab is listed here."));
      return;
    }
    try {
      const known = new Map((await list(new Set(entries.map((entry) => entry.id)))).map((summary) => [summary.id, summary]));
      this.items.replaceChildren(...entries.map((entry) => this.item(entry, known.get(entry.id))));
      if (this.timer >= 0 && [...known.values()].some((summary) => summary.status === "queued" || summary.status === "running")) {
        this.timer = window.setTimeout(() => void this.refresh(), period);
      }
    } catch (failure) {
      this.items.replaceChildren(el("li", { class: "faint" }, failure instanceof Problem ? failure.message : "The list could not be read."));
    }
  }

  private item(entry: Entry, summary: AnalysisSummary | undefined): HTMLElement {
    return el("li", { "data-id": entry.id },
      el("a", { href: `#/analyses/${entry.id}` }, entry.name),
      el("span", { class: "what" }, ...describe(summary)),
      this.deleteButton(entry, summary));
  }

  /** Two presses, since what is deleted is gone. */
  private deleteButton(entry: Entry, summary: AnalysisSummary | undefined): HTMLElement {
    const button = el("button", { type: "button", class: "quiet", "aria-label": `Delete ${entry.name}` }, "Delete");
    let sure = false;
    button.addEventListener("click", async () => {
      if (!sure && summary) {
        sure = true;
        button.textContent = "Delete for good?";
        button.setAttribute("aria-label", `Delete ${entry.name} for good?`);
        window.setTimeout(() => {
          sure = false;
          button.textContent = "Delete";
        }, patience);
        return;
      }
      button.disabled = true;
      await remove(entry.id).catch(() => undefined); // Not there any more is what was wanted.
      session.remove(entry.id);
      announce(`${entry.name} is deleted`);
      await this.refresh();
      (this.items.querySelector("a") ?? this.element).focus();
    });
    return button;
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
