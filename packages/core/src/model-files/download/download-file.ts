import { CheckpointError, linkSignal, VisionError } from '@h2ovl/contract';
import type { HttpAnswer } from '../../net/http-client.ts';
import { hashFile } from '../../store/hash-file.ts';
import type { HubClient, HubFile, HubListing } from './hub-client.ts';
import { HubRefusal } from './hub-refusal.ts';
import { type ByteRange, PartFile } from './part-file.ts';
import { type Pause, RetryBudget } from './retry-budget.ts';

export interface DownloadOptions {
  readonly hub: HubClient;
  readonly listing: HubListing;
  readonly signal: AbortSignal;
  /** Called with the bytes that arrived; negative when they have to be fetched again. */
  readonly onBytes: (byteLength: number) => void;
  /** Called with the length of each block while the finished file is hashed. */
  readonly onHashed?: (byteLength: number) => void;
  /** Ranges that are fetched at the same time. @default 4 */
  readonly parallel?: number;
  /** Waits between attempts. @default the clock */
  readonly pause?: Pause;
}

/** One range request. Large enough that its round trip does not count, small enough that the ranges end together. */
export const chunkBytes: number = 8 * 1024 * 1024;
/** What is gathered before it is written and noted: all that a killed process loses of each range. */
const pieceBytes = 256 * 1024;

/**
 * Fetches one file into `path`, in ranges side by side, from where an earlier attempt stopped, and compares its hash before it gets its name.
 * @throws VisionError NETWORK_FAILED, STORAGE_UNAVAILABLE, MODEL_NOT_FOUND; CheckpointError MODEL_FILE_CORRUPT when other bytes arrive twice;
 * the signal's reason when aborted
 */
export async function downloadFile(path: string, file: HubFile, options: DownloadOptions): Promise<void> {
  const identity = `${file.hash.algorithm}:${file.hash.hex}`;
  const part = await PartFile.open(partPathOf(path), file.size, identity);
  try {
    for (let attempt = 1; ; attempt += 1) {
      await fetchMissing(part, file, options);
      const actual = await hashFile(part.path, file.hash.algorithm, { signal: options.signal, onBlock: options.onHashed });
      if (actual === file.hash.hex) return await part.finish(path);
      options.onBytes(-file.size);
      await part.restart(identity);
      if (attempt === 2) throw wrongBytes(file, actual, options.hub.endpoint.host);
    }
  } catch (error) {
    throw explain(error, file, options);
  } finally {
    await part.close();
  }
}

/** Name of a file that is still arriving. */
export const partPathOf = (path: string): string => `${path}.part`;

async function fetchMissing(part: PartFile, file: HubFile, options: DownloadOptions): Promise<void> {
  const { parallel = 4, signal } = options;
  const chunks = part.missing().flatMap(split);
  // One range that fails for good, or finds that the server knows no ranges, stops the others.
  const group = linkSignal(signal);
  const work = async (): Promise<void> => {
    const budget = new RetryBudget(options.pause);
    try {
      for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift()) {
        await fetchChunk(chunk, part, file, { ...options, signal: group.signal }, budget);
      }
    } catch (error) {
      group.abort(error);
      throw error;
    }
  };
  try {
    const results = await Promise.allSettled(Array.from({ length: Math.min(parallel, chunks.length) }, work));
    if (results.every(({ status }) => status === 'fulfilled')) return;
  } finally {
    group.release();
  }
  signal.throwIfAborted();
  const reason: unknown = group.signal.reason;
  if (!(reason instanceof NoRanges)) throw reason;
  await fetchWhole(part, file, options, new RetryBudget(options.pause));
}

function split({ from, to }: ByteRange): ByteRange[] {
  const count = Math.ceil((to - from) / chunkBytes);
  return Array.from({ length: count }, (_, index) => ({
    from: from + index * chunkBytes,
    to: Math.min(to, from + (index + 1) * chunkBytes),
  }));
}

class NoRanges extends Error {}

async function fetchChunk(chunk: ByteRange, part: PartFile, file: HubFile, options: DownloadOptions, budget: RetryBudget): Promise<void> {
  let { from } = chunk;
  while (from < chunk.to) {
    try {
      const answer = await options.hub.open(options.listing, file, from, chunk.to, options.signal);
      const isWhole = from === 0 && chunk.to === file.size;
      if (answer.status === 200 && !isWhole) {
        await answer.discard();
        throw new NoRanges();
      }
      if (answer.status === 206) await checkRange(answer, from, chunk.to, file);
      for await (const piece of gather(answer.body, chunk.to - from)) {
        await part.write(from, piece);
        from += piece.length;
        options.onBytes(piece.length);
        budget.succeed();
      }
      if (from < chunk.to) throw new HubRefusal('the connection ended early', { isFinal: false });
    } catch (error) {
      await budget.failOrWait(error, options.signal);
    }
  }
}

/** For servers that answer every request with the whole file: one stream, from its first byte at each attempt. */
async function fetchWhole(part: PartFile, file: HubFile, options: DownloadOptions, budget: RetryBudget): Promise<void> {
  const identity = `${file.hash.algorithm}:${file.hash.hex}`;
  for (;;) {
    options.onBytes(-part.doneBytes);
    await part.restart(identity);
    try {
      const answer = await options.hub.open(options.listing, file, 0, file.size, options.signal);
      let at = 0;
      for await (const piece of gather(answer.body, file.size)) {
        await part.write(at, piece);
        at += piece.length;
        options.onBytes(piece.length);
      }
      if (at === file.size) return;
      throw new HubRefusal('the connection ended early', { isFinal: false });
    } catch (error) {
      await budget.failOrWait(error, options.signal);
    }
  }
}

async function checkRange(answer: HttpAnswer, from: number, to: number, file: HubFile): Promise<void> {
  const range = answer.header('content-range') ?? '';
  if (range === `bytes ${from}-${to - 1}/${file.size}`) return;
  await answer.discard();
  throw new HubRefusal(`it sent ${range || 'an unnamed range'} where bytes ${from}-${to - 1} of ${file.size} were asked for`, {
    isFinal: false,
  });
}

/** Joins what comes in small packets; what came before a failure is given too. Bytes beyond `limit` are refused. */
async function* gather(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let total = 0;
  const take = (): Uint8Array => {
    const piece = Buffer.concat(held, heldBytes);
    held = [];
    heldBytes = 0;
    return piece;
  };
  let failure: unknown;
  try {
    for await (const packet of body) {
      total += packet.length;
      if (total > limit) throw new HubRefusal(`it sent more than the ${limit} bytes that were asked for`, { isFinal: false });
      held.push(packet);
      heldBytes += packet.length;
      if (heldBytes >= pieceBytes) yield take();
    }
  } catch (error) {
    failure = error;
  }
  if (heldBytes > 0) yield take();
  if (failure !== undefined) throw failure;
}

function wrongBytes(file: HubFile, actual: string, host: string): VisionError {
  return new CheckpointError(
    'MODEL_FILE_CORRUPT',
    `${host} sent ${file.name} twice with the hash ${actual.slice(0, 16)}…; ${file.hash.hex.slice(0, 16)}… was expected.`,
    { file: file.name },
    { hint: 'Something between here and the hub changes the file. Try another network or mirror, and report it if it stays.' },
  );
}

function explain(error: unknown, file: HubFile, { hub, signal }: DownloadOptions): unknown {
  if (signal.aborted) return signal.reason;
  if (VisionError.isInstance(error)) return error;
  return hubFailure(error, `${file.name} could not be downloaded from ${hub.endpoint.host}`);
}

/** A failed request as VisionError. `what` is the beginning of the sentence. */
export function hubFailure(error: unknown, what: string): VisionError {
  const { message, status } = error instanceof HubRefusal ? error : { message: describe(error), status: undefined };
  if (status === 401 || status === 403 || status === 404) {
    return new VisionError('MODEL_NOT_FOUND', `${what}: ${message}.`, {
      hint: 'Check the spelling. For a private or gated repository, accept its terms on the hub and set HF_TOKEN to a token that may read it.',
      cause: error,
    });
  }
  return new VisionError('NETWORK_FAILED', `${what}: ${message}.`, {
    hint: 'Check the network (HTTPS_PROXY and HF_ENDPOINT are honoured) and run the same command again: it goes on where it stopped.',
    cause: error,
  });
}

/** The connecting library puts the reason into causes, or into several of them. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  return error.message === '' && error.cause !== undefined ? describe(error.cause) : error.message;
}
