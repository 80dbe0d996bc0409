// A refusal, or that there was no answer at all.

/** A refusal (application/problem+json), or that there was no answer at all. */
export class Problem extends Error {
  readonly status: number;
  readonly reason: string;
  readonly traceId: string | null;
  /** It is how an analysis ended. */
  readonly isOfAnalysis: boolean;
  readonly retryAfterSeconds: number | null;

  constructor(body: { status?: number; reason?: string; detail?: string; title?: string; traceId?: string; id?: string }, retryAfter: string | null = null) {
    super(body.detail ?? body.title ?? "The gateway did not say why.");
    this.status = body.status ?? 0;
    this.reason = body.reason ?? "unknown";
    this.traceId = body.traceId ?? null;
    this.isOfAnalysis = body.id !== undefined;
    this.retryAfterSeconds = retryAfter === null ? null : Number.parseInt(retryAfter, 10) || null;
  }

  /** It is nobody's fault, or somebody else's turn: the same request may be answered in a moment. */
  get mayPass(): boolean {
    return ["unreachable", "broken-off", "wrong-offset"].includes(this.reason) || [423, 429, 502, 503, 504].includes(this.status);
  }

  static unreachable(): Problem {
    return new Problem({ reason: "unreachable", detail: "The gateway does not answer." });
  }

  static brokenOff(): Problem {
    return new Problem({ reason: "broken-off", detail: "The connection broke off during the upload." });
  }
}
