// A button that is pressed twice, since what it does cannot be taken back.

import { el } from "./dom";

const patience = 4000;

export class SureButton {
  readonly element: HTMLButtonElement;
  private sure = false;
  private timer = 0;

  /** @param subject Of what, for those who hear the button without what stands around it. */
  constructor(private readonly label: string, private readonly question: string, private readonly subject: string, private readonly onSure: () => void, look = "quiet") {
    this.element = el("button", { type: "button", class: look });
    this.element.addEventListener("click", () => this.press());
    this.ask(false);
  }

  /** It asks no more, and cannot be pressed. */
  rest(): void {
    window.clearTimeout(this.timer);
    this.element.disabled = true;
  }

  /** It can be pressed again, from the beginning. */
  wake(): void {
    this.element.disabled = false;
    this.ask(false);
  }

  private press(): void {
    if (this.sure) {
      this.ask(false);
      this.onSure();
      return;
    }
    this.ask(true);
    this.timer = window.setTimeout(() => this.ask(false), patience);
  }

  private ask(sure: boolean): void {
    window.clearTimeout(this.timer);
    this.sure = sure;
    this.element.textContent = sure ? this.question : this.label;
    this.element.setAttribute("aria-label", `${this.label} ${this.subject}${sure ? this.question.slice(this.label.length) : ""}`);
  }
}
