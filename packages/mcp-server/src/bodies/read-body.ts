import { createHash } from 'node:crypto';
import { APIError, BusyError, VisionError } from '@h2ovl/contract';
import { RunTimes } from '../run-times.ts';
import { FileMemory } from './base64-stream.ts';
import { JsonBounds } from './json-bounds.ts';
import { type BodyFiles, JsonFiles } from './json-files.ts';

/** Bytes that all bodies together may hold in memory, from their first byte until their answer. */
export class BodyBudget {
  readonly #limit: number;
  readonly #times: RunTimes;
  #held = 0;

  /** @param now a clock in milliseconds */
  constructor(limitBytes: number, now?: () => number) {
    this.#limit = limitBytes;
    this.#times = new RunTimes(now);
  }

  /** Bytes held now. */
  get held(): number {
    return this.#held;
  }

  /** A body begins to arrive. */
  open(): BodyShare {
    let bytes = 0;
    let end: (() => void) | undefined;
    return {
      hold: (more) => {
        if (this.#held + more > this.#limit) {
          throw new BusyError(`Requests at work hold ${this.#held} bytes; ${this.#limit} may be held.`, {
            hint: 'Try again shortly.',
            retryAfterMs: this.#times.untilNextEnd(),
          });
        }
        end ??= this.#times.start();
        this.#held += more;
        bytes += more;
      },
      release: () => {
        this.#held -= bytes;
        bytes = 0;
        end?.();
      },
    };
  }
}

/** What one body holds of the budget. */
interface BodyShare {
  /** @throws QUEUE_FULL, with the time until another body is likely to be given back, when this would be too much at the same time */
  readonly hold: (bytes: number) => void;
  /** Gives all of it back. Idempotent. */
  readonly release: () => void;
}

/** A body that was read. `release` gives its bytes back to the budget, once. */
export interface HeldBody {
  /** With marks in the place of `files`. */
  readonly text: string;
  readonly files: BodyFiles;
  /** SHA-256 of its bytes. */
  readonly digest: string;
  /** When its last byte had come, by `performance.now()`. */
  readonly receivedAt: number;
  readonly release: () => void;
}

export interface ReadBodyOptions {
  readonly maxBytes: number;
  readonly budget: BodyBudget;
  /** Where large strings of base64 are decoded while they arrive; without any the text stays as it is. See `JsonParts`. */
  readonly filePaths?: ReadonlySet<string>;
}

/**
 * The JSON text of a body, counted while it arrives: a body over the limit is refused at its first byte too many (or at its declared length), and one that is
 * nested too deep, or has too many values to be parsed at once, at the first that is too much.
 * @throws an AbortError when the client leaves before its end, UNSUPPORTED_MEDIA_TYPE for a compressed body, BODY_TOO_LARGE (also for what is too much beside
 * its files), QUEUE_FULL when all bodies together are too much, INVALID_ARGUMENT for bytes that are not UTF-8, for more than 100 levels or 100,000 values
 */
export async function readBody(request: Request, { maxBytes, budget, filePaths = new Set() }: ReadBodyOptions): Promise<HeldBody> {
  const body = holdBody(request, maxBytes, budget);
  try {
    const memory = new FileMemory(Number(request.headers.get('content-length') ?? '0') || maxBytes);
    const files = filePaths.size === 0 ? undefined : new JsonFiles(filePaths, memory);
    return { ...(await readText(body.chunks(), files)), receivedAt: performance.now(), release: body.release };
  } catch (error) {
    body.release();
    throw error;
  }
}

/** The bytes of a body as they arrive, each held until `release`. */
export interface ArrivingBody {
  readonly chunks: () => AsyncGenerator<Uint8Array, void>;
  readonly release: () => void;
}

/**
 * Counts a body while it arrives.
 * @throws UNSUPPORTED_MEDIA_TYPE for a compressed body, BODY_TOO_LARGE for its declared length; `chunks` throws an AbortError when the client leaves
 * before its end, BODY_TOO_LARGE and QUEUE_FULL
 */
export function holdBody(request: Request, maxBytes: number, budget: BodyBudget): ArrivingBody {
  const encoding = request.headers.get('content-encoding') ?? 'identity';
  if (!/^\s*(identity)?\s*$/i.test(encoding)) {
    const what = JSON.stringify(encoding.slice(0, 100));
    throw new APIError('UNSUPPORTED_MEDIA_TYPE', `The body is encoded as ${what}; bodies are read as they are.`, {
      hint: 'Send it without Content-Encoding.',
    });
  }
  const declared = Number(request.headers.get('content-length') ?? '0');
  if (declared > maxBytes) throw tooLarge(`${declared}`, maxBytes);
  const share = budget.open();
  let held = 0;
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    if (request.body === null) return;
    const reader = request.body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read().catch(() => {
          throw new DOMException('The client closed the connection while it sent the body.', 'AbortError');
        });
        if (done) return;
        if (held + value.length > maxBytes) throw tooLarge(`more than ${maxBytes}`, maxBytes);
        share.hold(value.length);
        held += value.length;
        yield value;
      }
    } finally {
      // After a refusal the rest is left unread: the server drains a little of it and then closes the connection.
      reader.releaseLock();
    }
  }
  return { chunks, release: share.release };
}

async function readText(
  chunks: AsyncIterable<Uint8Array>,
  files: JsonFiles | undefined,
): Promise<Pick<HeldBody, 'text' | 'files' | 'digest'>> {
  const hash = createHash('sha256'); // chunk by chunk: a large body at once would hold the loop
  const bounds = new JsonBounds(files);
  const all: Uint8Array[] = [];
  let refusal: unknown;
  for await (const chunk of chunks) {
    if (refusal !== undefined) continue; // read to its end all the same: a client that still sends does not hear an answer
    try {
      bounds.take(chunk);
      hash.update(chunk);
      if (files === undefined) all.push(chunk);
    } catch (error) {
      refusal = error;
      all.length = 0;
    }
  }
  if (refusal !== undefined) throw refusal;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(files?.text ?? Buffer.concat(all));
    return { text, files: files?.files ?? new Map(), digest: hash.digest('base64') };
  } catch (error) {
    throw new VisionError('INVALID_ARGUMENT', 'The body is not UTF-8.', { cause: error });
  }
}

function tooLarge(size: string, maxBytes: number): VisionError {
  return new APIError('BODY_TOO_LARGE', `The body has ${size} bytes; at most ${maxBytes} are read.`, {
    hint: 'Send fewer pages or images, or more compressed ones.',
  });
}
