// Who is told of the outcome, and whether they have heard it. Nothing where nobody is.

import type { Delivery } from "./analysis";
import { deliveries, redeliver } from "./api";
import { announce, el } from "./dom";
import { Problem } from "./problem";

const period = 3000;

const states: Record<Delivery["status"], [string, string]> = {
  pending: ["Waits", "uncertain"], sending: ["Is being told", "uncertain"], delivered: ["Told", "used"], dead: ["Given up", "failed"],
};

export class DeliveriesView {
  readonly element = el("section", { class: "card deliveries", "aria-labelledby": "deliveries-title", hidden: true });
  private readonly list = el("ul");
  private readonly word = el("p", { class: "faint", role: "status" });
  private timer = 0;
  private closed = false;
  private shown = "";

  constructor(private readonly id: string) {
    this.element.append(el("h2", { id: "deliveries-title" }, "Callback"), this.list, this.word);
    void this.refresh();
  }

  close(): void {
    this.closed = true;
    window.clearTimeout(this.timer);
  }

  private async refresh(): Promise<void> {
    window.clearTimeout(this.timer);
    const found = await deliveries(this.id).catch(() => null); // The answer stands without it.
    if (this.closed || !found) {
      return;
    }
    this.element.hidden = found.length === 0;
    const now = JSON.stringify(found);
    if (now !== this.shown) {
      this.shown = now;
      this.list.replaceChildren(...found.map((one) => this.row(one)));
    }
    if (found.some((one) => one.status === "pending" || one.status === "sending")) {
      this.timer = window.setTimeout(() => void this.refresh(), period);
    }
  }

  private row(delivery: Delivery): HTMLElement {
    const [state, look] = states[delivery.status];
    const isOver = delivery.status === "delivered" || delivery.status === "dead";
    return el("li", { "data-status": delivery.status },
      el("code", {}, delivery.to),
      el("span", { class: "chip", "data-status": look }, state),
      isOver && el("button", { type: "button", class: "quiet", "aria-label": `Tell ${delivery.to} again`, onclick: () => void this.again(delivery) }, "Tell again"),
      el("span", { class: "faint" }, fate(delivery)));
  }

  private async again(delivery: Delivery): Promise<void> {
    this.word.textContent = "";
    try {
      await redeliver(this.id, delivery.id);
      announce("It is told again");
    } catch (failure) {
      this.word.textContent = failure instanceof Problem ? failure.message : String(failure);
    }
    await this.refresh();
  }
}

function fate({ attempts, deliveredAt, nextTryAt, lastStatus, lastError }: Delivery): string {
  const tries = `${attempts} ${attempts === 1 ? "try" : "tries"}`;
  const last = lastError === null ? "" : `, the last one failed: ${lastError.replaceAll("-", " ")}${lastStatus === null ? "" : ` (${lastStatus})`}`;
  const when = deliveredAt ? `, told at ${clock(deliveredAt)}` : nextTryAt && attempts > 0 ? `, the next one at ${clock(nextTryAt)}` : "";
  return `${tries}${deliveredAt ? "" : last}${when}`;
}

function clock(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}
