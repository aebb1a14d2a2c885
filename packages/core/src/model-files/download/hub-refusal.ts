export interface HubRefusalDetails {
  readonly status?: number;
  /** Whether trying again is of no use. */
  readonly isFinal: boolean;
  /** How long the server asks to wait, in ms. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The hub did not give what was asked for. Inside this folder only: callers get a VisionError with the next move. */
export class HubRefusal extends Error {
  readonly status: number | undefined;
  readonly isFinal: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { status, isFinal, retryAfterMs, cause }: HubRefusalDetails) {
    super(message, { cause });
    this.name = 'HubRefusal';
    this.status = status;
    this.isFinal = isFinal;
    this.retryAfterMs = retryAfterMs;
  }
}

/** `Retry-After` in ms from now: seconds, or a date. */
export function parseRetryAfter(value: string | undefined, now: number = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
