import { createHash } from 'node:crypto';

export interface LateFailuresOptions {
  /** Milliseconds a failure is kept. @default 60000 */
  readonly keepMs?: number;
  /** Most bytes of all that are kept; the oldest make room. @default 4 MiB */
  readonly maxBytes?: number;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

interface KeptFailure {
  readonly status: number;
  readonly body: string;
  readonly bytes: number;
  readonly contentType: string;
  readonly since: number;
}

/** A body as far as it tells one request from another. */
export interface BodyIdentity {
  /** SHA-256 of its bytes. */
  readonly digest: string;
}

/**
 * Failures that came after their status was sent, so that the connection was cut. The same request, sent again within a minute by the same client,
 * gets the real status at once, and the work is not done once more only to fail once more.
 */
export class LateFailures {
  readonly #kept = new Map<string, KeptFailure>();
  readonly #keepMs: number;
  readonly #maxBytes: number;
  readonly #now: () => number;
  #bytes = 0;

  constructor({ keepMs = 60_000, maxBytes = 4 * 1024 * 1024, now = () => performance.now() }: LateFailuresOptions = {}) {
    this.#keepMs = keepMs;
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  /** Bytes kept now. */
  get bytes(): number {
    this.#forget(this.#now() - this.#keepMs);
    return this.#bytes;
  }

  /** Keeps what the request would have got. A failure larger than all that may be kept is not. */
  async keep(request: Request, body: BodyIdentity, failure: Response): Promise<void> {
    const key = keyOf(request, body);
    const text = await failure.text();
    const bytes = Buffer.byteLength(text);
    this.#remove(key);
    if (bytes > this.#maxBytes) return;
    const kept = { status: failure.status, body: text, bytes, contentType: failure.headers.get('content-type') ?? '', since: this.#now() };
    this.#kept.set(key, kept); // at the end: the oldest come first
    this.#bytes += bytes;
    this.#forget(kept.since - this.#keepMs);
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest);
    }
  }

  /** What the same request of the same client failed with less than a minute ago. */
  find(request: Request, body: BodyIdentity): Response | undefined {
    const now = this.#now();
    this.#forget(now - this.#keepMs);
    const kept = this.#kept.get(keyOf(request, body));
    if (kept === undefined) return undefined;
    const headers = {
      'content-type': kept.contentType,
      age: String(Math.floor((now - kept.since) / 1000)),
      'x-should-retry': 'false', // clients of OpenAI send a request that failed with 5xx again at once, and again
    };
    return new Response(kept.body, { status: kept.status, headers });
  }

  #forget(before: number): void {
    for (const [key, { since }] of this.#kept) {
      if (since > before) return;
      this.#remove(key);
    }
  }

  #remove(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }
}

/** The same only for the same words of the same client: nobody reads the failure of another. */
function keyOf(request: Request, { digest }: BodyIdentity): string {
  const { pathname, search } = new URL(request.url);
  const parts = [
    request.method,
    pathname,
    search,
    request.headers.get('authorization') ?? '',
    (request.headers.get('content-type') ?? '').split(';', 1)[0], // each try of a form has another border
    digest,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}
