// Many clips in one request, each of them an analysis of its own.

import type { AnalysisSummary } from "./analysis";
import { type Asked, fieldsOf } from "./asked";
import { call, newKey, transmit } from "./http";

const root = "/v1/batches";
const pageSize = 1000;

export interface Batch {
  id: string;
  status: "running" | "done";
  counts: { total: number; queued: number; running: number; done: number; failed: number };
}

export interface BatchItem extends Omit<AnalysisSummary, "acceptedAt"> {
  position: number;
  name: string;
  /** Why there is no answer, in a sentence. */
  detail: string | null;
  /** It failed by no fault of its clip. */
  retryable: boolean;
}

interface BatchPage {
  batch: Batch;
  items: BatchItem[];
  next: string | null;
}

export function isZip(file: File): boolean {
  return /\.zip$/i.test(file.name);
}

/** Sends several clips, or one zip of them; the fraction is of the bytes that have left. */
export async function sendBatch(files: File[], asked: Asked, onFraction: (fraction: number) => void, signal: AbortSignal): Promise<Batch> {
  const form = fieldsOf(asked);
  for (const file of files) {
    form.append(files.length === 1 && isZip(file) ? "zip" : "clip", file, file.name); // Its name is how the list tells it.
  }
  return (await transmit("POST", root, form, { "Idempotency-Key": newKey() }, (sent, total) => onFraction(sent / total), signal)).body as Batch;
}

export async function getBatch(id: string): Promise<Batch> {
  return ((await (await call("GET", `${root}/${id}?limit=1`)).json()) as BatchPage).batch;
}

/** A batch and all of its clips. */
export async function readBatch(id: string): Promise<{ batch: Batch; items: BatchItem[] }> {
  const items: BatchItem[] = [];
  for (let after = ""; ;) {
    const page: BatchPage = await (await call("GET", `${root}/${id}?limit=${pageSize}${after && `&after=${after}`}`)).json();
    items.push(...page.items);
    if (!page.next) {
      return { batch: page.batch, items };
    }
    after = page.next;
  }
}

export async function cancelBatch(id: string): Promise<void> {
  await call("POST", `${root}/${id}/cancel`);
}

export async function removeBatch(id: string): Promise<void> {
  await call("DELETE", `${root}/${id}`);
}
