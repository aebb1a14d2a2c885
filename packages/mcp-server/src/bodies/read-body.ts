import { createHash } from 'node:crypto';
import { APIError, BusyError, VisionError } from '@h2ovl/contract';
import { JsonBounds } from './json-bounds.ts';

/** Bytes that all bodies together may hold in memory, from their first byte until their answer. */
export class BodyBudget {
  readonly #limit: number;
  #held = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Bytes held now. */
  get held(): number {
    return this.#held;
  }

  /** @throws QUEUE_FULL when this would be too much at the same time */
  hold(bytes: number): void {
    if (this.#held + bytes > this.#limit) {
      throw new BusyError(`Requests at work hold ${this.#held} bytes; ${this.#limit} may be held.`, {
        hint: 'Try again shortly.',
        retryAfterMs: 2000,
      });
    }
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
  }
}

/** A body that was read. `release` gives its bytes back to the budget, once. */
export interface HeldBody {
  readonly text: string;
  /** SHA-256 of its bytes. */
  readonly digest: string;
  /** When its last byte had come, by `performance.now()`. */
  readonly receivedAt: number;
  readonly release: () => void;
}

/**
 * The JSON text of a body, counted while it arrives: a body over the limit is refused at its first byte too many (or at its declared length), and one that is
 * nested too deep, or has too many values to be parsed at once, at the first that is too much.
 * @throws an AbortError when the client leaves before its end, UNSUPPORTED_MEDIA_TYPE for a compressed body, BODY_TOO_LARGE, QUEUE_FULL when all bodies together are too much, INVALID_ARGUMENT for bytes that are not UTF-8, for more than 100 levels or 100,000 values
 */
export async function readBody(request: Request, maxBytes: number, budget: BodyBudget): Promise<HeldBody> {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (!/^\s*(identity)?\s*$/i.test(encoding)) {
    throw new APIError(
      'UNSUPPORTED_MEDIA_TYPE',
      `The body is encoded as ${JSON.stringify(encoding.slice(0, 100))}; bodies are read as they are.`,
      {
        hint: 'Send it without Content-Encoding.',
      },
    );
  }
  const declared = Number(request.headers.get('content-length') ?? '0');
  if (declared > maxBytes) throw tooLarge(`${declared}`, maxBytes);
  let held = 0;
  const release = (): void => {
    budget.release(held);
    held = 0;
  };
  const hold = (bytes: number): void => {
    if (held + bytes > maxBytes) throw tooLarge(`more than ${maxBytes}`, maxBytes);
    budget.hold(bytes);
    held += bytes;
  };
  try {
    return { ...(await readText(request, hold)), receivedAt: performance.now(), release };
  } catch (error) {
    release();
    throw error;
  }
}

async function readText(request: Request, hold: (bytes: number) => void): Promise<{ readonly text: string; readonly digest: string }> {
  const hash = createHash('sha256'); // chunk by chunk: a large body at once would hold the loop
  if (request.body === null) return { text: '', digest: hash.digest('base64') };
  const bounds = new JsonBounds();
  let refusal: unknown;
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new DOMException('The client closed the connection while it sent the body.', 'AbortError');
      });
      if (done) break;
      hold(value.length);
      if (refusal !== undefined) continue; // read to its end all the same: a client that still sends does not hear an answer
      try {
        bounds.take(value);
        hash.update(value);
        chunks.push(value);
      } catch (error) {
        refusal = error;
        chunks.length = 0;
      }
    }
  } finally {
    // After a refusal the rest is left unread: the server drains a little of it and then closes the connection.
    reader.releaseLock();
  }
  if (refusal !== undefined) throw refusal;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    return { text, digest: hash.digest('base64') };
  } catch (error) {
    throw new VisionError('INVALID_ARGUMENT', 'The body is not UTF-8.', { cause: error });
  }
}

function tooLarge(size: string, maxBytes: number): VisionError {
  return new APIError('BODY_TOO_LARGE', `The body has ${size} bytes; at most ${maxBytes} are read.`, {
    hint: 'Send fewer or more compressed images.',
  });
}
