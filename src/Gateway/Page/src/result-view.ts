// Everything about one answer. The player, the timeline and the lists move together.

import type { Analysis } from "./analysis";
import { answerView, modalityViews } from "./answer-view";
import { DeliveriesView } from "./deliveries-view";
import { downloadsView, facesView, factsView, transcriptView } from "./details-view";
import { el } from "./dom";
import { Player } from "./player";
import { session } from "./session";
import { termsView } from "./terms-view";
import { Timeline } from "./timeline";

export class ResultView {
  readonly element: HTMLElement;
  private readonly player: Player;
  private readonly deliveries: DeliveriesView;

  constructor(analysis: Analysis) {
    const seek = (seconds: number): void => this.player.seek(seconds);
    const timeline = analysis.windows.length > 0 ? new Timeline(analysis, seek, () => this.player.toggle()) : null; // Not everybody asks for it.
    this.player = new Player(analysis, session.uploadOf(analysis.id)?.clip, (seconds) => timeline?.setTime(seconds), (clip) => session.attach(analysis.id, clip));
    this.deliveries = new DeliveriesView(analysis.id);
    this.element = el("div", { class: "result" },
      el("div", { class: "pair" }, this.player.element, answerView(analysis)),
      timeline?.element ?? "",
      modalityViews(analysis),
      el("div", { class: "pair" },
        el("div", { class: "column" },
          transcriptView(analysis, seek),
          facesView(analysis, seek),
          downloadsView(analysis, session.nameOf(analysis.id), timeline ? () => timeline.toFile() : null),
          termsView(analysis),
          this.deliveries.element),
        factsView(analysis)));
  }

  close(): void {
    this.player.close();
    this.deliveries.close();
  }
}
