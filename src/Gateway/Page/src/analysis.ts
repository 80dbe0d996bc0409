// The API's answers, as /openapi/v1.json describes them.

import type { Emotion } from "./emotions";

export type Posterior = Record<Emotion, number>;

export interface FusedAnswer {
  status: "certain" | "uncertain" | "none";
  reason: string | null;
  prediction: Emotion | null;
  posterior: Posterior | null;
  /** Two of the modalities that it rests on find different emotions the most probable by themselves. */
  modalitiesDisagree: boolean;
  face: number | null;
  /** Not the release's fusion answered; the reason says why. */
  fallback: boolean;
  decidedBy: DecidingWindows | null;
}

/** The fewest windows that have half of all that speaks for the clip's prediction. */
export interface DecidingWindows {
  /** Positions in the answer's windows, the largest contribution first. */
  windows: number[];
  contribution: number;
  predictionWithout: Emotion | null;
}

export interface ModalityAnswer {
  status: "used" | "absent" | "abstained" | "failed";
  reason: string | null;
  prediction: Emotion | null;
  posterior: Posterior | null;
  coveredLabels: Emotion[];
  contribution: number | null;
  source: string | null;
}

export type Modality = "audio" | "video" | "text";

export interface WindowAnswer extends Record<Modality, ModalityAnswer> {
  start: number;
  end: number;
  fused: FusedAnswer;
  /** Of the clip's prediction: its probability minus what it would be without this window. */
  contribution: number | null;
  faces: { id: number; prediction: Emotion; posterior: Posterior }[];
}

export interface FaceBox {
  time: number;
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Face {
  id: number;
  start: number;
  end: number;
  boxes: FaceBox[];
  posterior: Posterior | null;
}

export interface Transcript {
  source: string;
  language: string | null;
  segments: { start: number; end: number; text: string }[];
}

/** What the weights of a model inherit from what they were trained on. */
export interface Licence {
  id: string;
  allowsCommercialUse: boolean;
}

export type Part = Modality | "fusion";

/** An analysis that is done. */
export interface Analysis {
  id: string;
  status: "done";
  clip: { seconds: number; container: string; hasAudio: boolean; hasVideo: boolean };
  fused: FusedAnswer;
  modalities: Record<Modality, ModalityAnswer>;
  windows: WindowAnswer[];
  faces: Face[];
  transcript: Transcript | null;
  models: { release: string; canary: boolean; licences: Record<Part, Licence | null> | null } & Record<Part, string | null>;
  /** Null where nobody asked for it. */
  overlay: { status: "made" | "failed"; reason: string | null } | null;
  timings: Record<string, number>;
  traceId: string;
  notice: string;
}

export interface Pending {
  id: string;
  status: "queued" | "running";
}

export interface StageReport {
  stage: string;
  state: "running" | "ended";
  milliseconds: number | null;
  done: number | null;
  total: number | null;
  unit: string | null;
  fraction: number | null;
}

export interface ProgressReport extends Pending {
  stages: StageReport[];
}

export interface AnalysisSummary {
  id: string;
  status: "queued" | "running" | "done" | "failed";
  acceptedAt: string;
  reason: string | null;
  seconds: number | null;
  prediction: Emotion | null;
  certainty: FusedAnswer["status"] | null;
}

export interface OfferedModels {
  name: string;
  default: boolean;
}

/** That somebody is told of the outcome of an analysis. */
export interface Delivery {
  id: string;
  status: "pending" | "sending" | "delivered" | "dead";
  to: string;
  attempts: number;
  nextTryAt: string | null;
  deliveredAt: string | null;
  lastStatus: number | null;
  lastError: string | null;
}

export const modalities: readonly Modality[] = ["audio", "video", "text"];

export const modalityNames: Record<Modality | "fused", string> = { fused: "Fused", audio: "Voice", video: "Face", text: "Words" };

export const parts: readonly Part[] = [...modalities, "fusion"];

export const partName = (part: Part): string => (part === "fusion" ? "Fusion" : modalityNames[part]);

/** The window in which a moment lies; the last one at the end of the clip. */
export function windowAt(windows: WindowAnswer[], seconds: number): number {
  const index = windows.findIndex((window) => seconds < window.end);
  return index < 0 ? windows.length - 1 : index;
}

/** Of a reason such as "no-face: No face was found." the sentence. */
export function sentence(reason: string | null): string {
  return reason?.replace(/^[a-z-]+: /, "") ?? "";
}

/** Of a reason such as "no-face: No face was found." the word, as words. */
export function reasonWord(reason: string | null): string {
  return (/^([a-z-]+):/.exec(reason ?? "")?.[1] ?? "no answer").replaceAll("-", " ");
}
