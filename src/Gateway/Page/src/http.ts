// Requests to the gateway. What it refuses comes as a Problem.

import { heard, proof } from "./access";
import { Problem } from "./problem";

/** @param body Sent as JSON; undefined for none. */
export async function call(method: string, address: string, body?: object, headers: Record<string, string> = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, {
      method,
      headers: { ...(method === "GET" ? {} : proof()), ...(body ? { "Content-Type": "application/json" } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  } catch {
    throw Problem.unreachable();
  }
  if (response.ok) {
    return response;
  }
  heard(response.status);
  throw new Problem({ status: response.status, ...(await response.json().catch(() => ({}))) }, response.headers.get("Retry-After"));
}

export interface Reply {
  body: unknown;
  header(name: string): string | null;
}

/** Sends much: fetch does not tell how many bytes have left. */
export function transmit(method: string, address: string, body: FormData | Blob, headers: Record<string, string>, onBytes: (sent: number, total: number) => void, signal: AbortSignal): Promise<Reply> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    request.open(method, address);
    request.responseType = "json";
    for (const [name, value] of Object.entries({ Accept: "application/json, application/problem+json", ...proof(), ...headers })) {
      request.setRequestHeader(name, value);
    }
    request.upload.addEventListener("progress", (event) => onBytes(event.loaded, event.total));
    request.addEventListener("load", () => {
      heard(request.status);
      if (request.status >= 200 && request.status < 300) {
        resolve({ body: request.response, header: (name) => request.getResponseHeader(name) });
      } else {
        reject(new Problem({ status: request.status, ...request.response }, request.getResponseHeader("Retry-After")));
      }
    });
    request.addEventListener("error", () => reject(Problem.brokenOff()));
    request.addEventListener("abort", () => reject(signal.reason));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", abort));
    signal.addEventListener("abort", abort);
    request.send(body);
  });
}

/** By which the gateway knows a request again that is sent again. */
export function newKey(): string {
  // Not randomUUID, which is there over secure connections alone.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
