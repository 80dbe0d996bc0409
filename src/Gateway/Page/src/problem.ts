// A refusal, or that there was no answer at all.

/** A refusal (application/problem+json), or that there was no answer at all. */
export class Problem extends Error {
  readonly status: number;
  readonly reason: string;
  readonly traceId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(body: { status?: number; reason?: string; detail?: string; title?: string; traceId?: string }, retryAfter: string | null = null) {
    super(body.detail ?? body.title ?? "The gateway did not say why.");
    this.status = body.status ?? 0;
    this.reason = body.reason ?? "unknown";
    this.traceId = body.traceId ?? null;
    this.retryAfterSeconds = retryAfter === null ? null : Number.parseInt(retryAfter, 10) || null;
  }

  static unreachable(): Problem {
    return new Problem({ reason: "unreachable", detail: "The gateway does not answer." });
  }

  static brokenOff(): Problem {
    return new Problem({ reason: "broken-off", detail: "The connection broke off during the upload." });
  }
}
