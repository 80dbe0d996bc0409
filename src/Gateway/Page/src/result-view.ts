// Everything about one answer. The player, the timeline and the lists move together.

import type { Analysis } from "./analysis";
import { answerView, modalityViews } from "./answer-view";
import { downloadsView, facesView, factsView, transcriptView } from "./details-view";
import { el } from "./dom";
import { Player } from "./player";
import { session } from "./session";
import { Timeline } from "./timeline";

export class ResultView {
  readonly element: HTMLElement;
  private readonly player: Player;

  constructor(analysis: Analysis) {
    const seek = (seconds: number): void => this.player.seek(seconds);
    const timeline = new Timeline(analysis, seek, () => this.player.toggle());
    this.player = new Player(analysis, session.uploadOf(analysis.id)?.clip, (seconds) => timeline.setTime(seconds), (clip) => session.attach(analysis.id, clip));
    this.element = el("div", { class: "result" },
      el("div", { class: "pair" }, this.player.element, answerView(analysis)),
      timeline.element,
      modalityViews(analysis),
      el("div", { class: "pair" },
        el("div", { class: "column" }, transcriptView(analysis, seek), facesView(analysis, seek), downloadsView(analysis, session.nameOf(analysis.id), () => timeline.toFile())),
        factsView(analysis)));
  }

  close(): void {
    this.player.close();
  }
}
