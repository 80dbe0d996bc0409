// A large clip in pieces, by tus 1.0.0: what has come is kept where the connection breaks off, and only the rest is sent.

import { call, transmit } from "./http";
import { Problem } from "./problem";
import { keep, recall } from "./storage";

/** Clips of so many bytes come in pieces. */
export const inPiecesFrom = 16 * 2 ** 20;

const root = "/v1/uploads";
const pieceBytes = 8 * 2 ** 20;
const protocol = { "Tus-Resumable": "1.0.0" };
const memory = "emotion.uploads";

/** In a row, without a byte between them. */
const mostFailures = 20;
const longestPause = 15_000;

export interface UploadListener {
  fraction(sent: number): unknown;
  /** What keeps it from going on; null once it goes on. */
  waiting(word: string | null): unknown;
}

/** @returns The name of the upload, all of which has arrived. */
export async function uploadInPieces(clip: File, listener: UploadListener, signal: AbortSignal): Promise<string> {
  let isOld = known(clip) !== undefined;
  let id = known(clip) ?? (await begin(clip, listener, signal));
  let offset: number | null = null;
  for (let best = 0, failures = 0; offset === null || offset < clip.size;) {
    try {
      offset ??= await look(id);
      if (offset > best) {
        [best, failures] = [offset, 0];
      }
      listener.waiting(null);
      listener.fraction(offset / clip.size);
      if (offset < clip.size) {
        offset = await append(id, clip, offset, listener, signal);
      }
    } catch (failure) {
      signal.throwIfAborted();
      offset = null;
      if (failure instanceof Problem && failure.status === 404) {
        forget(clip);
      }
      if (isOld && known(clip) === undefined) {
        [isOld, id] = [false, await begin(clip, listener, signal)]; // It was begun before, and the gateway has forgotten it.
      } else {
        await again(failure, ++failures, listener, signal);
      }
    }
  }
  return id;
}

/** Asks until it is answered, where asking again does no harm. */
export async function persist<T>(ask: () => Promise<T>, listener: UploadListener, signal: AbortSignal): Promise<T> {
  for (let failures = 0; ;) {
    try {
      return await ask();
    } catch (failure) {
      signal.throwIfAborted();
      await again(failure, ++failures, listener, signal);
      listener.waiting(null);
    }
  }
}

/** What has come of a clip that somebody gave up. */
export function giveUp(clip: File): void {
  const id = known(clip);
  if (id) {
    forget(clip);
    void call("DELETE", `${root}/${id}`, undefined, protocol).catch(() => undefined); // What stays there expires.
  }
}

export function forget(clip: File): void {
  const { [fingerprint(clip)]: _, ...others } = read();
  write(others);
}

export function forgetAll(): void {
  write({});
}

async function begin(clip: File, listener: UploadListener, signal: AbortSignal): Promise<string> {
  const response = await persist(() => call("POST", root, undefined, { ...protocol, "Upload-Length": String(clip.size) }), listener, signal);
  const id = response.headers.get("Location")!.split("/").at(-1)!;
  write({ ...read(), [fingerprint(clip)]: id });
  return id;
}

async function look(id: string): Promise<number> {
  try {
    return offsetOf((await call("HEAD", `${root}/${id}`, undefined, protocol)).headers.get("Upload-Offset"));
  } catch (failure) {
    // Refusals of HEAD have no body.
    throw failure instanceof Problem && failure.status === 404 ? new Problem({ status: 404, reason: "unknown-upload", detail: "What had arrived of the clip is gone." }) : failure;
  }
}

async function append(id: string, clip: File, offset: number, listener: UploadListener, signal: AbortSignal): Promise<number> {
  const piece = clip.slice(offset, offset + pieceBytes);
  const headers = { ...protocol, "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
  const reply = await transmit("PATCH", `${root}/${id}`, piece, headers, (sent) => listener.fraction((offset + sent) / clip.size), signal);
  return offsetOf(reply.header("Upload-Offset"));
}

/** Waits where another try may do better, longer each time, but no longer than the network is away. */
async function again(failure: unknown, failures: number, listener: UploadListener, signal: AbortSignal): Promise<void> {
  if (!(failure instanceof Problem) || !failure.mayPass || failures > mostFailures) {
    throw failure;
  }
  const pause = Math.min((failure.retryAfterSeconds ?? 0) * 1000 || 500 * 2 ** failures, longestPause);
  listener.waiting(`${failure.message} It goes on by itself; what has arrived is not sent again.`);
  await new Promise<void>((resolve, reject) => {
    const over = (): void => {
      window.clearTimeout(timer);
      window.removeEventListener("online", over);
      signal.removeEventListener("abort", over);
      signal.aborted ? reject(signal.reason) : resolve();
    };
    const timer = window.setTimeout(over, pause);
    window.addEventListener("online", over);
    signal.addEventListener("abort", over);
  });
}

function offsetOf(header: string | null): number {
  const offset = Number.parseInt(header ?? "", 10);
  if (Number.isNaN(offset)) {
    throw new Problem({ detail: "The gateway does not say how much of the clip has arrived." });
  }
  return offset;
}

/** A file is the same where name, size and time are: so a reload of the page goes on, too, once the file is chosen again. */
function fingerprint(clip: File): string {
  return `${clip.name}:${clip.size}:${clip.lastModified}`;
}

function known(clip: File): string | undefined {
  return read()[fingerprint(clip)];
}

function read(): Record<string, string> {
  try {
    return (JSON.parse(recall(() => sessionStorage, memory) ?? "{}") as Record<string, string> | null) ?? {};
  } catch {
    return {};
  }
}

function write(uploads: Record<string, string>): void {
  keep(() => sessionStorage, memory, JSON.stringify(uploads));
}
