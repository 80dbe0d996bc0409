// The answer for the whole clip: the fused one in words, who decided it, and what each says by itself.

import { type Analysis, type DecidingWindows, type FusedAnswer, modalities, type Modality, type ModalityAnswer, modalityNames, type Posterior, reasonWord, sentence } from "./analysis";
import { el, svg } from "./dom";
import { capital, type Emotion, emotions, fillOf, percent, points, swatch, time } from "./emotions";

const states: Record<ModalityAnswer["status"] | FusedAnswer["status"], string> = {
  certain: "Certain enough", uncertain: "Uncertain", none: "No answer",
  used: "Used", absent: "Not in the clip", abstained: "Abstains", failed: "Failed",
};

/** Deciding windows that are named; the timeline marks all of them. */
const namedWindows = 3;

const sources: Record<string, string> = { caller: "your transcript", subtitles: "the clip's subtitles", speech: "speech, written down" };

export function answerView(analysis: Analysis): HTMLElement {
  const { fused } = analysis;
  return el("section", { class: "card answer", "aria-labelledby": "answer-title" },
    el("h2", { id: "answer-title" }, "The whole clip"),
    el("p", { class: "headline", "data-prediction": fused.prediction },
      fused.prediction && swatch(fused.prediction),
      el("strong", {}, fused.prediction ? capital(fused.prediction) : "No answer"),
      fused.prediction && fused.posterior && el("span", {}, percent(fused.posterior[fused.prediction]))),
    el("p", {}, chip(fused.status), " ", fused.fallback && el("span", { class: "chip", "data-status": "fallback" }, "Fallback"), fused.fallback && " ", fused.reason ? sentence(fused.reason) : "Probable enough for the model to be called certain."),
    fused.modalitiesDisagree && el("p", {}, "Two of the modalities that it rests on disagree: by themselves they find different emotions the most probable."),
    fused.posterior && bars(fused.posterior, fused.prediction, emotions),
    decided(analysis));
}

export function modalityViews(analysis: Analysis): HTMLElement {
  return el("section", { class: "modalities", "aria-label": "Each modality by itself" }, ...modalities.map((modality) => card(modality, analysis.modalities[modality])));
}

function card(modality: Modality, answer: ModalityAnswer): HTMLElement {
  return el("section", { class: "card", "data-modality": modality, "aria-label": modalityNames[modality] },
    el("h3", {}, modalityNames[modality], reasonWord(answer.reason) === "not asked" ? el("span", { class: "chip" }, "Not asked for") : chip(answer.status)),
    answer.prediction && answer.posterior
      ? el("p", { class: "prediction" }, swatch(answer.prediction), el("strong", {}, capital(answer.prediction)), el("span", {}, percent(answer.posterior[answer.prediction])))
      : el("p", {}, sentence(answer.reason)),
    answer.posterior && bars(answer.posterior, answer.prediction, answer.coveredLabels),
    answer.source && el("p", { class: "faint" }, `From ${sources[answer.source] ?? answer.source}.`),
    modality === "text" && answer.status === "used" && answer.contribution === null && el("p", { class: "faint" }, "Stands beside the fused answer and is not part of it."));
}

function chip(status: ModalityAnswer["status"] | FusedAnswer["status"]): HTMLElement {
  return el("span", { class: "chip", "data-status": status }, states[status]);
}

/** @param covered What the model can tell; the others have 0 for want of evidence. */
export function bars(posterior: Posterior, prediction: Emotion | null, covered: readonly Emotion[]): HTMLElement {
  return el("ul", { class: "bars" }, ...emotions.map((emotion) => el("li", { class: emotion === prediction ? "first" : null },
    el("span", { class: "name" }, capital(emotion)),
    bar(posterior[emotion], emotion),
    el("span", { class: "value" }, covered.includes(emotion) ? percent(posterior[emotion]) : "not told"))));
}

function bar(share: number, emotion: Emotion): SVGSVGElement {
  return svg("svg", { class: "bar", height: 14, "aria-hidden": "true" },
    svg("rect", { class: "ground", width: "100%", height: 14, rx: 3 }),
    svg("rect", { width: `${share * 100}%`, height: 14, rx: 3, fill: fillOf(emotion) }));
}

/** What each modality did to the fused prediction. */
function decided(analysis: Analysis): HTMLElement | null {
  const { prediction } = analysis.fused;
  const parts = modalities
    .map((modality) => ({ modality, change: analysis.modalities[modality].contribution }))
    .filter((part): part is { modality: Modality; change: number } => part.change !== null)
    .sort((one, other) => other.change - one.change);
  if (!prediction || parts.length === 0) {
    return null;
  }
  return el("div", { class: "decided" },
    el("h3", {}, "What decided"),
    el("p", {}, verdict(parts, prediction)),
    el("ul", { class: "changes" }, ...parts.map(({ modality, change }) => el("li", {},
      el("span", { class: "name" }, modalityNames[modality]),
      changeBar(change),
      el("span", { class: "value" }, points(change))))),
    moments(analysis, prediction));
}

/** When it was decided. Of a single window there is nothing to choose. */
function moments(analysis: Analysis, prediction: Emotion): HTMLElement | null {
  if (analysis.windows.length < 2) {
    return null;
  }
  const { decidedBy } = analysis.fused;
  return el("p", { class: "moments" }, decidedBy ? when(analysis, decidedBy, prediction) : "All through the clip alike: no window by itself makes a difference.");
}

function when(analysis: Analysis, { windows, contribution, predictionWithout }: DecidingWindows, prediction: Emotion): string {
  const named = windows.slice(0, namedWindows).map((index) => `${time(analysis.windows[index]!.start)} to ${time(analysis.windows[index]!.end)}`);
  const more = windows.length > namedWindows ? ` and ${windows.length - namedWindows} more` : "";
  const fewer = contribution < 0.01 ? "hardly less probable" : `${Math.round(contribution * 100)} points less probable`;
  const instead = predictionWithout === prediction ? "" : `, and ${predictionWithout ?? "nothing"} the answer`;
  return `Most of it at ${named.join(", ")}${more}: without, ${prediction} would be ${fewer}${instead}.`;
}

function verdict(parts: { modality: Modality; change: number }[], prediction: Emotion): string {
  const [first, second] = parts;
  const name = modalityNames[first!.modality].toLowerCase();
  if (!second) {
    return `The ${name} alone: nothing else went into the fused answer.`;
  }
  if (first!.change <= 0) {
    return `None of them alone: each by itself makes ${prediction} less probable.`;
  }
  return first!.change - second.change < 0.02
    ? `${modalityNames[first!.modality]} and ${modalityNames[second.modality].toLowerCase()} about alike: without either, ${prediction} would be some ${Math.round(first!.change * 100)} points less probable.`
    : `The ${name}: without ${first!.modality === "text" ? "them" : "it"}, ${prediction} would be ${Math.round(first!.change * 100)} points less probable.`;
}

function changeBar(change: number): SVGSVGElement {
  const wide = Math.min(Math.abs(change), 1) * 50;
  return svg("svg", { class: "bar", height: 14, "aria-hidden": "true" },
    svg("rect", { class: "ground", width: "100%", height: 14, rx: 3 }),
    svg("rect", { class: change < 0 ? "against" : "for", x: `${change < 0 ? 50 - wide : 50}%`, width: `${wide}%`, height: 14 }),
    svg("line", { class: "zero", x1: "50%", x2: "50%", y1: 0, y2: 14 }));
}
