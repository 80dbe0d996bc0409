// A refusal as sentences: what was wrong, and what to do about it.

import { el } from "./dom";
import type { Problem } from "./problem";

const advice: Record<string, string> = {
  "unsupported-container": "If it is a clip, save it again as mp4; else choose another file.",
  "unsupported-codec": "Convert the clip to mp4 with H.264 and AAC, then try again.",
  "too-many-bytes": "Choose a shorter clip, or compress it.",
  "too-long": "Cut the clip into parts and analyse them one by one.",
  "picture-too-large": "Make the picture smaller, 4K at the most, then try again.",
  "too-many-streams": "Save the clip with one sound and one picture track, then try again.",
  "neither-sound-nor-picture": "Choose a clip in which somebody is to be seen or heard.",
  damaged: "See whether the file plays; if it does, save it again as mp4.",
  "too-costly": "Make the clip shorter or its picture smaller, then try again.",
  empty: "Choose a file that is not empty.",
  "bad-transcript": "Use plain text, SubRip or WebVTT in UTF-8.",
  "upload-too-slow": "Try again over a faster connection, or with a smaller clip.",
  "unknown-upload": "Send the clip again.",
  "unknown-batch": "Answers are kept for a limited time only. Send the clips again.",
  "unknown-release": "Choose another release among the options, or none.",
  "too-many-uploads": "Others send large clips; try again in a moment.",
  "too-many-batches": "Wait until a batch has ended, or cancel one.",
  "too-many-items": "Send the clips in several batches.",
  "bad-callback": "Leave the address out, or give one that the gateway may call.",
  "callbacks-off": "Leave the address out: this gateway tells nobody.",
  "missing-scope": "Sign in with a key that may do this.",
  "rate-limited": "Wait a little; other requests of this key came at the same time.",
  "too-many-at-once": "Wait until an analysis or an upload of this key has ended.",
  "quota-exceeded": "The day's clips of this key are used up; its holder may ask for more.",
  "bad-language": "Leave the language empty, or choose one from the list.",
  "queue-full": "Others are being served; try again in a moment.",
  "no-release": "The system is still loading its models; try again in a moment.",
  "services-failed": "Try again; if it stays so, look at the services' logs.",
  "clip-unreachable": "The gateway could not reach its clips; try again once its store and its disk are well.",
  "fusion-failed": "Try again; if it stays so, look at the services' logs.",
  stopping: "The gateway is being restarted; try again in a moment.",
  deadline: "Try a shorter clip, or try again when the system is less busy.",
  internal: "This is a defect of the gateway. Its log tells more under the trace id.",
  cancelled: "Analyse the clip again if you want its answer after all.",
  "unknown-analysis": "Answers are kept for a limited time only. Analyse the clip again.",
  unreachable: "See whether the system runs and the network is there, then try again.",
  "broken-off": "The clip may be larger than is allowed, or the gateway was stopped. Try again, or choose a smaller clip.",
};

/** What is the clip's or the request's own fault: another try would end the same way. */
const faultsOfClip = new Set([400, 403, 413, 415, 422]);

/** @param again Null where nothing can be tried again. */
export function problemView(problem: Problem, again: (() => void) | null): HTMLElement {
  const title = problem.reason === "cancelled" ? "Cancelled" : "This did not work";
  const wait = problem.retryAfterSeconds ? `Worth trying again in ${problem.retryAfterSeconds} seconds.` : null;
  const retry = faultsOfClip.has(problem.status) ? null : again;
  return el("section", { class: "card problem", role: "alert", "data-reason": problem.reason },
    el("h2", {}, title),
    el("p", { class: "lead" }, problem.message),
    el("p", {}, advice[problem.reason] ?? "Try again; if it stays so, look at the gateway's log.", " ", wait),
    problem.traceId && el("p", { class: "faint" }, "Trace id ", el("code", {}, problem.traceId)),
    el("p", { class: "actions" },
      retry && el("button", { type: "button", class: "primary", onclick: retry }, "Try again"),
      el("a", { class: retry ? "button" : "button primary", href: "#/" }, "Choose another clip")));
}
