// Analyses, as this page asks the gateway for them.

import type { Analysis, AnalysisSummary, Delivery, OfferedModels, Pending, ProgressReport } from "./analysis";
import { type Asked, fieldsOf } from "./asked";
import { call, newKey, transmit } from "./http";
import { Problem } from "./problem";
import { forget, inPiecesFrom, persist, uploadInPieces, type UploadListener } from "./uploads";

const root = "/v1/analyses";

export interface Upload {
  clip: File;
  asked: Asked;
}

/** Sends a clip, a large one in pieces. */
export async function send({ clip, asked }: Upload, listener: UploadListener, signal: AbortSignal): Promise<Pending> {
  const [form, headers] = [fieldsOf(asked), { "Idempotency-Key": newKey() }];
  if (clip.size < inPiecesFrom) {
    form.append("clip", clip, "clip"); // Its name is nobody's business.
    return (await transmit("POST", root, form, headers, (sent, total) => listener.fraction(sent / total), signal)).body as Pending;
  }
  const id = await uploadInPieces(clip, listener, signal);
  const pending = await persist(async () => (await transmit("POST", `${root}?upload=${id}`, form, headers, () => undefined, signal)).body as Pending, listener, signal);
  forget(clip); // It is used, and gone.
  return pending;
}

export async function get(id: string): Promise<Analysis | Pending> {
  return (await call("GET", `${root}/${id}`)).json();
}

/** Those that the gateway still knows, of the ones that are asked for. */
export async function list(ids: ReadonlySet<string>): Promise<AnalysisSummary[]> {
  const found: AnalysisSummary[] = [];
  if (ids.size === 0) {
    return found;
  }
  let after = "";
  do {
    const page: { items: AnalysisSummary[]; next: string | null } = await (await call("GET", `${root}?limit=100${after && `&after=${after}`}`)).json();
    found.push(...page.items.filter((item) => ids.has(item.id)));
    after = page.next ?? "";
  } while (after && found.length < ids.size);
  return found;
}

export async function cancel(id: string): Promise<void> {
  await call("POST", `${root}/${id}/cancel`);
}

export async function remove(id: string): Promise<void> {
  await call("DELETE", `${root}/${id}`);
}

export async function retry(id: string): Promise<void> {
  await call("POST", `${root}/${id}/retry`);
}

/** What became of telling somebody of the outcome; none where nobody is to be told, or it has not ended. */
export async function deliveries(id: string): Promise<Delivery[]> {
  return ((await (await call("GET", `${root}/${id}/deliveries`)).json()) as { items: Delivery[] }).items;
}

export async function redeliver(id: string, delivery: string): Promise<void> {
  await call("POST", `${root}/${id}/deliveries/${delivery}/redeliver`);
}

export const overlayAddress = (id: string): string => `${root}/${id}/overlay.mp4`;

/** The releases of models that can be asked for just now. */
export async function offered(): Promise<OfferedModels[]> {
  return ((await (await call("GET", "/v1/models")).json()) as { items: OfferedModels[] }).items;
}

export interface Listener {
  progress(report: ProgressReport): unknown;
  result(analysis: Analysis): unknown;
  problem(problem: Problem): unknown;
}

const pollPeriod = 1000;

/** Follows an analysis to its end; what is returned stops following. */
export function follow(id: string, listener: Listener): () => void {
  let over = false;
  const source = new EventSource(`${root}/${id}/events`);
  const on = (name: string, tell: (data: unknown) => void) => source.addEventListener(name, (event) => tell(JSON.parse((event as MessageEvent<string>).data)));
  on("progress", (report) => listener.progress(report as ProgressReport));
  on("result", (analysis) => {
    source.close(); // It would begin again, as it does after a lost connection.
    listener.result(analysis as Analysis);
  });
  on("problem", (problem) => {
    source.close();
    listener.problem(new Problem(problem as object));
  });
  // It connects again by itself, unless it is refused: then asking now and then does as well, or tells why.
  const poll = async (): Promise<void> => {
    try {
      const found = over ? null : await get(id);
      if (over || !found) {
        return;
      }
      if (found.status === "done") {
        listener.result(found);
      } else {
        window.setTimeout(() => void poll(), pollPeriod);
      }
    } catch (failure) {
      if (!over) {
        listener.problem(failure instanceof Problem ? failure : new Problem({ detail: String(failure) }));
      }
    }
  };
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) {
      void poll();
    }
  });
  return () => {
    over = true;
    source.close();
  };
}
