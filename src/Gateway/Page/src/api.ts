// The gateway, as this page calls it. What it refuses comes as a Problem.

import { heard, proof } from "./access";
import type { Analysis, AnalysisSummary, Pending, ProgressReport } from "./analysis";
import { Problem } from "./problem";

const root = "/v1/analyses";

export interface Upload {
  clip: File;
  transcript: File | string | null;
  language: string;
  includeTranscript: boolean;
}

/** Sends a clip; the fraction is of the bytes that have left. */
export function send(upload: Upload, onFraction: (fraction: number) => void, signal: AbortSignal): Promise<Pending> {
  const form = new FormData();
  if (upload.language) {
    form.append("language", upload.language);
  }
  form.append("includeTranscript", String(upload.includeTranscript));
  if (upload.transcript instanceof File) {
    form.append("transcript", upload.transcript, upload.transcript.name);
  } else if (upload.transcript) {
    form.append("transcript", new Blob([upload.transcript], { type: "text/plain" }));
  }
  form.append("clip", upload.clip, "clip"); // Its name is nobody's business.

  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much has left.
    request.open("POST", root);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json, application/problem+json");
    for (const [name, value] of Object.entries(proof())) {
      request.setRequestHeader(name, value);
    }
    request.upload.addEventListener("progress", (event) => onFraction(event.lengthComputable ? event.loaded / event.total : 0));
    request.addEventListener("load", () => heard(request.status));
    request.addEventListener("load", () =>
      request.status === 202 ? resolve(request.response as Pending) : reject(new Problem({ status: request.status, ...request.response }, request.getResponseHeader("Retry-After"))));
    request.addEventListener("error", () => reject(Problem.brokenOff()));
    request.addEventListener("abort", () => reject(signal.reason));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

export async function get(id: string): Promise<Analysis | Pending> {
  return (await call("GET", `${root}/${id}`)).json();
}

/** Those that the gateway still knows, of the ones that are asked for. */
export async function list(ids: ReadonlySet<string>): Promise<AnalysisSummary[]> {
  const found: AnalysisSummary[] = [];
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

async function call(method: string, address: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { method, headers: method === "GET" ? {} : proof() });
  } catch {
    throw Problem.unreachable();
  }
  if (response.ok) {
    return response;
  }
  heard(response.status);
  const body = await response.json().catch(() => ({}));
  throw new Problem({ status: response.status, ...body }, response.headers.get("Retry-After"));
}
