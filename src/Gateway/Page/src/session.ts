// What this browser tab has had analysed: names outlive a reload, the clips themselves do not.

import type { Upload } from "./api";
import { keep, recall } from "./storage";

export interface Entry {
  id: string;
  name: string;
}

const key = "emotion.session";
/** The entries where the browser keeps none: they last as long as the page does. */
let unkept: Entry[] | null = null;
const uploads = new Map<string, Upload>();

function read(): Entry[] {
  if (unkept) {
    return unkept;
  }
  try {
    const entries: unknown = JSON.parse(recall(() => sessionStorage, key) ?? "[]");
    return Array.isArray(entries) ? entries : [];
  } catch {
    return []; // Somebody else's words: a session without a past.
  }
}

function write(entries: Entry[]): void {
  unkept = keep(() => sessionStorage, key, JSON.stringify(entries)) ? null : entries;
}

export const session = {
  /** The newest first. */
  entries: read,

  add(id: string, upload: Upload): void {
    uploads.set(id, upload);
    write([{ id, name: upload.clip.name }, ...read().filter((entry) => entry.id !== id)]);
  },

  remove(id: string): void {
    uploads.delete(id);
    write(read().filter((entry) => entry.id !== id));
  },

  clear(): void {
    uploads.clear();
    write([]);
  },

  nameOf: (id: string): string => read().find((entry) => entry.id === id)?.name ?? "Analysis",

  uploadOf: (id: string): Upload | undefined => uploads.get(id),

  /** The clip of an analysis whose upload a reload has forgotten. */
  attach(id: string, clip: File): void {
    uploads.set(id, { clip, transcript: null, language: "", includeTranscript: false });
  },
};
