// What an answer is and is not, and what may be done with it.

import { type Analysis, type Part, partName, parts } from "./analysis";
import { el } from "./dom";

export function termsView(analysis: Analysis): HTMLElement {
  const { licences } = analysis.models;
  const told = licences ? parts.filter((part) => licences[part]) : [];
  const isResearch = told.some((part) => !licences![part]!.allowsCommercialUse);
  return el("section", { class: "card terms", "aria-labelledby": "terms-title" },
    el("h2", { id: "terms-title" }, "What may be done with it"),
    el("p", {}, analysis.notice),
    told.length > 0
      ? el("dl", {}, ...told.flatMap((part) => licence(part, licences![part]!)))
      : el("p", { class: "faint" }, "The services do not tell the licences of the models that answered."),
    told.length > 0 && el("p", { class: "faint" }, isResearch
      ? "The terms of the models hold for what is done with their answers: as long as one of them is for research alone, so is this answer."
      : "The terms of the models hold for what is done with their answers."));
}

function licence(part: Part, { id, allowsCommercialUse }: { id: string; allowsCommercialUse: boolean }): HTMLElement[] {
  return [
    el("dt", {}, partName(part)),
    el("dd", {}, el("span", {}, id), " ", el("span", { class: "chip", "data-status": allowsCommercialUse ? "used" : "uncertain" }, allowsCommercialUse ? "Commercial use allowed" : "Not for commercial use")),
  ];
}
