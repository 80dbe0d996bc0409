// Beside the answer: the words, the faces, what answered and how long it took, and files to take along.

import { type Analysis, partName, parts, sentence } from "./analysis";
import { overlayAddress } from "./api";
import { copyButton } from "./copy-button";
import { el } from "./dom";
import { capital, emotions, percent, swatch, time } from "./emotions";
import { offer, toCsv, toJson, toVtt } from "./downloads";
import { names as stageNames } from "./progress-view";

export function transcriptView(analysis: Analysis, onSeek: (seconds: number) => void): HTMLElement | null {
  const { transcript } = analysis;
  return transcript && el("section", { class: "card transcript", "aria-labelledby": "transcript-title" },
    el("h2", { id: "transcript-title" }, "Transcript"),
    transcript.segments.length === 0 && el("p", { class: "faint" }, "No words."),
    el("ol", {}, ...transcript.segments.map((segment) => el("li", {},
      el("button", { type: "button", class: "quiet", "aria-label": `Go to ${time(segment.start)}`, onclick: () => onSeek(segment.start) }, time(segment.start)),
      el("span", { lang: transcript.language }, segment.text)))));
}

export function facesView(analysis: Analysis, onSeek: (seconds: number) => void): HTMLElement | null {
  return analysis.faces.length === 0 ? null : el("section", { class: "card faces", "aria-labelledby": "faces-title" },
    el("h2", { id: "faces-title" }, "Faces"),
    el("ul", {}, ...analysis.faces.map((face) => {
      const { posterior } = face;
      const best = posterior && emotions.reduce((one, other) => (posterior[other] > posterior[one] ? other : one));
      return el("li", {},
        el("strong", {}, `Face ${face.id}`),
        el("button", { type: "button", class: "quiet", "aria-label": `Go to face ${face.id} at ${time(face.start)}`, onclick: () => onSeek(face.start) }, `${time(face.start)} to ${time(face.end)}`),
        best ? el("span", {}, swatch(best), ` ${capital(best)} ${percent(posterior[best])}`) : el("span", { class: "faint" }, "could not be read"),
        analysis.fused.face === face.id && el("span", { class: "chip", "data-status": "used" }, "In the fused answer"));
    })));
}

export function factsView(analysis: Analysis): HTMLElement {
  const { clip, models, timings } = analysis;
  const tracks = [clip.hasAudio ? "sound" : null, clip.hasVideo ? "picture" : null].filter(Boolean).join(" and ");
  const longest = Math.max(...Object.values(timings), 1);
  return el("section", { class: "card facts", "aria-labelledby": "facts-title" },
    el("h2", { id: "facts-title" }, "How this was answered"),
    el("dl", {},
      ...fact("Clip", `${time(clip.seconds)} ${clip.container}, ${tracks}`),
      ...fact("Release", models.release, models.canary ? el("span", { class: "chip", title: "A share of the requests tries it out" }, "Tried out") : null),
      ...parts.flatMap((part) => models[part] ? fact(partName(part), models[part]) : []),
      ...fact("Trace id", analysis.traceId, copyButton(analysis.traceId, "the trace id"))),
    el("h3", {}, "Time by stage"),
    el("ul", { class: "times" }, ...Object.entries(timings).map(([stage, milliseconds]) => {
      const meter = el("meter", { min: 0, max: longest, value: milliseconds, "aria-hidden": "true" });
      return el("li", {}, el("span", { class: "name" }, stage === "total" ? "In all" : stageNames[stage] ?? stage), meter, el("span", { class: "value" }, `${Math.round(milliseconds)} ms`));
    })),
    el("p", { class: "faint" }, "Stages overlap, so they add up to more than all of it."));
}

/** @param timeline Null where the answer is not told over time. */
export function downloadsView(analysis: Analysis, name: string, timeline: (() => string) | null): HTMLElement {
  const base = name.replace(/\.[^.]+$/, "");
  const button = (label: string, ending: string, type: string, make: () => string): HTMLElement =>
    el("button", { type: "button", onclick: () => offer(`${base}.emotion.${ending}`, type, make()) }, label);
  return el("section", { class: "card downloads", "aria-labelledby": "downloads-title" },
    el("h2", { id: "downloads-title" }, "Take it along"),
    el("p", { class: "actions" },
      button("JSON", "json", "application/json", () => toJson(analysis)),
      timeline && button("CSV", "csv", "text/csv", () => toCsv(analysis)),
      timeline && button("WebVTT", "vtt", "text/vtt", () => toVtt(analysis)),
      timeline && button("Timeline (SVG)", "svg", "image/svg+xml", timeline),
      analysis.overlay?.status === "made" && el("a", { class: "button", href: overlayAddress(analysis.id), download: `${base}.emotion.mp4` }, "Clip with the answer (mp4)")),
    analysis.overlay?.status === "failed" && el("p", { class: "faint" }, `The answer could not be drawn on the clip. ${sentence(analysis.overlay.reason)}`));
}

function fact(name: string, value: string, extra: HTMLElement | null = null): HTMLElement[] {
  return [el("dt", {}, name), el("dd", {}, el("code", {}, value), extra)];
}
