// A batch: how far it is, and each of its clips with its answer or what was wrong with it.

import { retry } from "./api";
import { type Batch, type BatchItem, cancelBatch, readBatch, removeBatch } from "./batches";
import { announce, el } from "./dom";
import { offer, toBatchCsv } from "./downloads";
import { summary } from "./history-view";
import { Problem } from "./problem";
import { SureButton } from "./sure-button";

const period = 1500;

type Filter = "all" | "done" | "failed";

const filters: [Filter, string][] = [["all", "All"], ["done", "With an answer"], ["failed", "Without one"]];

export interface BatchListener {
  /** Its clips are known. */
  items(items: BatchItem[]): unknown;
  deleted(): unknown;
  /** It cannot be shown. */
  problem(failure: unknown): unknown;
}

export class BatchView {
  readonly element = el("section", { class: "card batch", "aria-labelledby": "batch-title" });
  private readonly heading = el("h2", { id: "batch-title" }, "Clips");
  private readonly bar = el("progress", { max: 1, value: 0, "aria-labelledby": "batch-title" });
  private readonly list = el("ol", { class: "clips" });
  private readonly nothing = el("p", { class: "faint" }, "No clip of this kind.");
  private readonly word = el("p", { class: "faint", role: "status" });
  private readonly filter = el("select", { id: "batch-filter" }, ...filters.map(([value, name]) => el("option", { value }, name)));
  private readonly cancelling = el("button", { type: "button", class: "danger", onclick: () => void this.cancel() }, "Cancel what has not ended");
  private readonly deleting: SureButton;
  private readonly table = el("button", { type: "button", onclick: () => offer(`batch-${this.id.slice(0, 8)}.emotion.csv`, "text/csv", toBatchCsv(this.items)) }, "Table (CSV)");
  private readonly hint = el("p", { class: "faint" }, "Clips of a batch wait behind those that come alone. You may leave this page: the start page lists the batch.");
  private readonly rows = new Map<string, Row>();
  private items: BatchItem[] = [];
  private timer = 0;
  private closed = false;
  private wasRunning = false;

  constructor(private readonly id: string, name: string, private readonly listener: BatchListener) {
    this.deleting = new SureButton("Delete", "Delete all for good?", name, () => void this.delete(), "danger");
    this.filter.addEventListener("change", () => this.sift());
    this.nothing.hidden = true;
    this.element.append(
      el("div", { class: "head" }, this.heading, el("div", { class: "sift" }, el("label", { for: "batch-filter", class: "unseen" }, "Which clips are listed"), this.filter)),
      this.bar, this.list, this.nothing, this.word,
      el("p", { class: "actions" }, this.table, this.cancelling, this.deleting.element),
      this.hint);
    void this.refresh();
  }

  close(): void {
    this.closed = true;
    window.clearTimeout(this.timer);
  }

  private async refresh(): Promise<void> {
    window.clearTimeout(this.timer);
    let isRunning = true;
    try {
      const { batch, items } = await readBatch(this.id);
      if (this.closed) {
        return;
      }
      this.listener.items(items);
      this.show(batch, items);
      this.word.textContent = "";
      isRunning = batch.status === "running";
    } catch (failure) {
      if (this.closed) {
        return;
      }
      if (!(failure instanceof Problem && failure.mayPass && this.rows.size > 0)) {
        this.listener.problem(failure);
        return;
      }
      this.word.textContent = `${failure.message} Asking again.`;
    }
    window.clearTimeout(this.timer);
    if (isRunning) {
      this.timer = window.setTimeout(() => void this.refresh(), period);
    }
  }

  private show(batch: Batch, items: BatchItem[]): void {
    const { total, done, failed } = batch.counts;
    const isRunning = batch.status === "running";
    this.items = items;
    this.heading.textContent = `${done + failed} of ${total} ${total === 1 ? "clip" : "clips"} ended${failed > 0 ? `, ${failed} without an answer` : ""}`;
    this.bar.value = (done + failed) / Math.max(total, 1);
    this.bar.hidden = this.cancelling.hidden = this.hint.hidden = !isRunning;
    this.cancelling.disabled = false;
    if (this.wasRunning && !isRunning) {
      announce(this.heading.textContent);
    }
    this.wasRunning = isRunning;
    for (const item of items) {
      let row = this.rows.get(item.id);
      if (!row) {
        row = new Row(item, () => void this.retry(item));
        this.rows.set(item.id, row);
        this.list.append(row.element);
      }
      row.show(item);
    }
    const present = new Set(items.map((item) => item.id));
    for (const [id, row] of this.rows) {
      if (!present.has(id)) {
        row.element.remove(); // Deleted by itself, or kept long enough.
        this.rows.delete(id);
      }
    }
    this.sift();
  }

  private sift(): void {
    const wanted = this.filter.value as Filter;
    for (const row of this.rows.values()) {
      row.element.hidden = wanted !== "all" && row.status !== wanted;
    }
    this.nothing.hidden = [...this.rows.values()].some((row) => !row.element.hidden);
  }

  private async cancel(): Promise<void> {
    this.cancelling.disabled = true;
    await this.act(() => cancelBatch(this.id), "already-ended");
  }

  private async retry(item: BatchItem): Promise<void> {
    await this.act(() => retry(item.id), "not-retryable");
  }

  /** @param harmless A refusal that tells no more than the list will. */
  private async act(ask: () => Promise<void>, harmless: string): Promise<void> {
    try {
      await ask();
    } catch (failure) {
      if (!(failure instanceof Problem && failure.reason === harmless)) {
        this.word.textContent = failure instanceof Problem ? failure.message : String(failure);
        this.cancelling.disabled = false;
        return;
      }
    }
    await this.refresh();
  }

  private async delete(): Promise<void> {
    this.deleting.rest();
    try {
      await removeBatch(this.id);
    } catch (failure) {
      if (!(failure instanceof Problem && failure.reason === "unknown-batch")) {
        this.word.textContent = `Not deleted: ${failure instanceof Problem ? failure.message : String(failure)}`;
        this.deleting.wake();
        return;
      }
    }
    this.listener.deleted();
  }
}

class Row {
  readonly element: HTMLLIElement;
  status: BatchItem["status"] = "queued";
  private readonly what = el("span", { class: "what" });
  private readonly detail = el("span", { class: "detail faint" });
  private readonly again: HTMLButtonElement;
  private shown = "";

  constructor(item: BatchItem, onRetry: () => void) {
    const name = item.name || `Clip ${item.position + 1}`;
    this.again = el("button", { type: "button", class: "quiet", "aria-label": `Try ${name} again`, onclick: onRetry }, "Try again");
    this.element = el("li", { "data-id": item.id }, el("a", { href: `#/analyses/${item.id}` }, name), this.what, this.detail, this.again);
  }

  show(item: BatchItem): void {
    const now = JSON.stringify(item);
    if (now === this.shown) {
      return;
    }
    this.shown = now;
    this.status = item.status;
    this.element.dataset.status = item.status;
    this.what.replaceChildren(...summary(item));
    this.detail.textContent = item.detail ?? "";
    this.again.hidden = !item.retryable;
  }
}
