// How far an analysis is. A bar only where something is counted.

import type { StageReport } from "./analysis";
import { announce, el } from "./dom";

export const names: Record<string, string> = {
  upload: "Upload",
  queued: "Waiting for a turn",
  probe: "Looking at the file",
  split: "Taking sound and picture apart",
  audio: "Listening to the voice",
  text: "Reading the words",
  video: "Looking for faces",
  sequence: "Following the faces",
  fusion: "Fusing the answers",
  overlay: "Drawing the answer on the clip",
};

export class ProgressView {
  readonly element: HTMLElement;
  private readonly list = el("ol", { class: "stages" });
  private readonly word = el("p", { class: "waiting", role: "status" });
  private readonly rows = new Map<string, Row>();

  constructor(title: string, hint: string | null, onCancel: () => void) {
    const cancel = el("button", { type: "button", class: "danger" }, "Cancel");
    cancel.addEventListener("click", () => {
      cancel.disabled = true;
      onCancel();
    });
    this.element = el("section", { class: "card progress", "aria-labelledby": "progress-title" },
      el("h2", { id: "progress-title" }, title),
      this.list,
      this.word,
      hint && el("p", { class: "faint" }, hint),
      el("p", { class: "actions" }, cancel));
  }

  /** @param fraction Of the bytes that have left this browser. */
  uploading(fraction: number): void {
    this.show([{ stage: "upload", state: "running", milliseconds: null, done: Math.round(fraction * 100), total: 100, unit: "percent", fraction }]);
  }

  /** @param word What keeps it from going on; null where it goes on. */
  waiting(word: string | null): void {
    if (this.word.textContent !== (word ?? "")) {
      this.word.textContent = word;
    }
  }

  show(stages: StageReport[]): void {
    for (const stage of stages) {
      let row = this.rows.get(stage.stage);
      if (!row) {
        row = new Row(names[stage.stage] ?? stage.stage);
        this.rows.set(stage.stage, row);
        this.list.append(row.element);
        announce(row.name);
      }
      row.show(stage);
    }
  }
}

class Row {
  readonly element: HTMLLIElement;
  private readonly fact = el("span", { class: "fact" });
  private readonly bar = el("progress", { max: 1, value: 0 });

  constructor(readonly name: string) {
    this.bar.hidden = true;
    this.bar.setAttribute("aria-label", name);
    this.element = el("li", {}, el("span", { class: "sign", "aria-hidden": "true" }), el("span", { class: "name" }, name), this.fact, this.bar);
  }

  show(stage: StageReport): void {
    const ended = stage.state === "ended";
    this.element.dataset.state = stage.state;
    this.bar.hidden = stage.fraction === null || ended;
    if (stage.fraction !== null) {
      this.bar.value = stage.fraction;
    }
    this.fact.textContent = ended ? took(stage.milliseconds) : counted(stage);
  }
}

function took(milliseconds: number | null): string {
  return milliseconds === null ? "done" : milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function counted(stage: StageReport): string {
  if (stage.fraction === null || stage.done === null || stage.total === null) {
    return "";
  }
  return stage.unit === "percent" ? `${stage.done} %` : `${Math.round(stage.done * 10) / 10} of ${Math.round(stage.total * 10) / 10} ${stage.unit}`;
}
