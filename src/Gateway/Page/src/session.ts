// What this browser tab has had analysed: names outlive a reload, the clips themselves do not.

import type { Upload } from "./api";
import { usual } from "./asked";
import type { BatchItem } from "./batches";
import { keep, recall } from "./storage";
import { forgetAll } from "./uploads";

export interface Entry {
  id: string;
  name: string;
  /** Of a batch: the names of its clips by their analyses. */
  clips?: Record<string, string>;
}

const key = "emotion.session";
/** The entries where the browser keeps none: they last as long as the page does. */
let unkept: Entry[] | null = null;
const uploads = new Map<string, Upload>();
const batches = new Map<string, File[]>();

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

function put(entry: Entry): void {
  write([entry, ...read().filter((other) => other.id !== entry.id)]);
}

export const session = {
  /** The newest first. */
  entries: read,

  add(id: string, upload: Upload): void {
    uploads.set(id, upload);
    put({ id, name: upload.clip.name });
  },

  addBatch(id: string, files: File[]): void {
    batches.set(id, files);
    put({ id, name: files.length > 1 ? `${files.length} clips` : files[0]!.name, clips: {} });
  },

  /** What the clips of a batch are called; their files are at hand if they were sent one by one from here. */
  nameClips(batch: string, items: BatchItem[]): void {
    const files = batches.get(batch) ?? [];
    for (const item of items) {
      const clip = files.length > 1 ? files[item.position] : undefined;
      if (clip && !uploads.has(item.id)) {
        uploads.set(item.id, { clip, asked: usual });
      }
    }
    const entries = read();
    const entry = entries.find((one) => one.id === batch);
    if (entry?.clips && Object.keys(entry.clips).length !== items.length) {
      entry.clips = Object.fromEntries(items.map((item) => [item.id, item.name]));
      write(entries);
    }
  },

  remove(id: string): void {
    const clips = read().find((entry) => entry.id === id)?.clips ?? {};
    [id, ...Object.keys(clips)].forEach((one) => uploads.delete(one));
    batches.delete(id);
    write(read().filter((entry) => entry.id !== id));
  },

  clear(): void {
    uploads.clear();
    batches.clear();
    forgetAll();
    write([]);
  },

  nameOf: (id: string): string => read().map((entry) => (entry.id === id ? entry.name : entry.clips?.[id])).find(Boolean) ?? "Analysis",

  /** The batch of this session that an analysis belongs to. */
  batchOf: (id: string): Entry | undefined => read().find((entry) => entry.clips?.[id] !== undefined),

  uploadOf: (id: string): Upload | undefined => uploads.get(id),

  /** The clip of an analysis whose upload a reload has forgotten. */
  attach(id: string, clip: File): void {
    uploads.set(id, { clip, asked: usual });
  },
};
