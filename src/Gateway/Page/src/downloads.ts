// The answer as files, made in the browser.

import { type Analysis, modalities, modalityNames, reasonWord, type WindowAnswer } from "./analysis";
import type { BatchItem } from "./batches";
import { emotions } from "./emotions";

const rows = ["fused", ...modalities] as const;

export function toJson(analysis: Analysis): string {
  return `${JSON.stringify(analysis, null, 2)}\n`;
}

/** A line for each window and modality. What a modality contributed is of the window's answer, what the window did is of the clip's. */
export function toCsv(analysis: Analysis): string {
  const head = ["start", "end", "modality", "status", "prediction", ...emotions, "contribution", "reason"];
  const lines = analysis.windows.flatMap((window) => rows.map((row) => {
    const answer = window[row];
    const contribution = "contribution" in answer ? answer.contribution : window.contribution;
    return [window.start, window.end, row, answer.status, answer.prediction, ...emotions.map((emotion) => answer.posterior?.[emotion] ?? null), contribution, answer.reason];
  }));
  return [head, ...lines].map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";
}

/** A line for each clip of a batch. */
export function toBatchCsv(items: BatchItem[]): string {
  const lines = items.map((item) => [item.name, item.status, item.prediction, item.certainty, item.seconds, item.reason, item.detail, item.id]);
  return [["name", "status", "prediction", "certainty", "seconds", "reason", "detail", "id"], ...lines].map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";
}

/** A cue for each window, as subtitles for players. */
export function toVtt(analysis: Analysis): string {
  const cues = analysis.windows.map((window, index) => `${index + 1}\n${stamp(window.start)} --> ${stamp(window.end)}\n${said(window)}\n`);
  return ["WEBVTT\n", "NOTE An estimate of expressed emotion, not of inner state.\n", ...cues].join("\n");
}

export function offer(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function field(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function stamp(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  const two = (number: number): string => String(Math.floor(number)).padStart(2, "0");
  return `${two(milliseconds / 3_600_000)}:${two((milliseconds / 60_000) % 60)}:${two((milliseconds / 1000) % 60)}.${String(milliseconds % 1000).padStart(3, "0")}`;
}

function said(window: WindowAnswer): string {
  return rows.map((row) => {
    const answer = window[row];
    return answer.prediction && answer.posterior
      ? `${modalityNames[row]}: ${answer.prediction} ${Math.round(answer.posterior[answer.prediction] * 100)} %${answer.status === "uncertain" ? " (uncertain)" : ""}`
      : `${modalityNames[row]}: ${reasonWord(answer.reason)}`;
  }).join("\n");
}
