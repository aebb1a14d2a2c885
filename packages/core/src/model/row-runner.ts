import { onAbort, VisionError } from '@h2ovl/contract';
import { type BestToken, maxWaiting } from './best-tokens.ts';
import type { DecoderGraph } from './decoder-graph.ts';
import type { PromptSource, StepJob } from './decoder-jobs.ts';
import { type Ahead, commonLength, fewestPositions, type Row, type RowTable } from './row-table.ts';
import type { TokenEmbedder } from './token-embedder.ts';

/** Tokens are computed ahead for about this long, in ms: what a caller waits at most before it can change course. */
const aheadMs = 50;
/** Tokens ahead of what was asked for; those behind the end of an answer are computed for nothing. */
const maxAhead = 8;
/** When so few are left, the next ones are computed. */
const lowAhead = 4;

/** Runs the graph for rows that have the memory, and records what was read. Runs never overlap: the decoder sees to that. */
export class RowRunner {
  readonly #graph: DecoderGraph;
  readonly #embedder: TokenEmbedder;
  readonly #table: RowTable;
  readonly #chunkTokens: number;
  /** Of one row, lately. */
  #stepMs = aheadMs;

  constructor(graph: DecoderGraph, embedder: TokenEmbedder, table: RowTable, chunkTokens: number) {
    this.#graph = graph;
    this.#embedder = embedder;
    this.#table = table;
    this.#chunkTokens = chunkTokens;
  }

  /**
   * Reads the next tokens of a row's prompt up to `target`, or tokens that were read before and lost their memory. The logits are those of the last one; none
   * where more has to be read before the target.
   */
  async read(row: Row, target: number, signal: AbortSignal): Promise<Float32Array> {
    const { prompt } = row;
    if (!prompt) throw new VisionError('DISPOSED', 'The sequence is over.');
    const { hiddenSize } = this.#graph;
    const start = row.resident;
    // What was read before ends where it ended before, so that the answer's own tokens are never mixed up with the prompt's.
    const known = start < row.length;
    const end = chunkEnd(start, known ? row.length : target, this.#chunkTokens);
    const embeddings = new Float32Array((end - start) * hiddenSize);
    const promptEnd = Math.min(end, prompt.length);
    if (start < promptEnd) await prompt.write(start, promptEnd, embeddings, signal);
    for (let at = Math.max(start, promptEnd); at < end; at += 1) {
      this.#embedder.embed(row.keys[at] as number, embeddings, (at - start) * hiddenSize);
    }
    const wanted = end < target && this.#graph.canLeaveOutLogits ? new Int32Array(0) : Int32Array.of(end - start - 1);
    const logits = await this.#graph.extend({ row: row.index, past: start, embeddings }, wanted, signal);
    if (known) row.resident = end;
    else this.#table.append(row, prompt.keys.subarray(start, end));
    return logits;
  }

  /** The page is being asked about by somebody else right now: its tokens are copied, not computed. */
  async copyShared(row: Row, prompt: PromptSource): Promise<void> {
    const source = row.copyFrom;
    row.copyFrom = undefined;
    if (!source) return;
    // The other row may have been given to somebody else since: what it holds now is what counts.
    const tokens = commonLength(source, prompt.keys);
    row.reused = tokens;
    await this.#graph.cache.copyPrefix(source.index, row.index, tokens);
    this.#table.append(row, source.keys.subarray(0, tokens));
  }

  /** The tokens of each job; never rejects. */
  async run(jobs: readonly StepJob[]): Promise<void> {
    const ahead = jobs.filter((job) => job.wanted === 'best' && job.tokens.length === 1);
    const single = jobs.filter((job) => job.wanted !== 'best' && job.tokens.length === 1);
    for (const job of jobs) if (!ahead.includes(job)) job.row.ahead = undefined;
    if (this.#graph.cache.isShared && single.length > 0) await this.#step(single);
    else for (const job of single) await this.#step([job]);
    for (const job of jobs) if (job.tokens.length > 1) await this.#extend(job);
    for (let i = 0; i < ahead.length; i += maxWaiting) await this.#stepAhead(ahead.slice(i, i + maxWaiting));
  }

  /** One token each, in one run. */
  async #step(jobs: readonly StepJob[]): Promise<void> {
    const rows = this.#table.span(jobs.map((job) => job.row.index));
    const first = (rows[0] as Row).index;
    const { hiddenSize } = this.#graph;
    await withSharedSignal(jobs, async (signal) => {
      // Rows in between that have no step run along with a zero embedding: it lands behind their last token, where nothing reads it.
      const past = rows.map((row) => this.#makeGap(row));
      const embeddings = new Float32Array(rows.length * hiddenSize);
      for (const job of jobs) this.#embedder.embed(job.tokens[0] as number, embeddings, (job.row.index - first) * hiddenSize);
      const logits = await this.#graph.step(first, past, embeddings, signal);
      const width = logits.length / rows.length;
      for (const job of jobs) {
        this.#table.append(job.row, job.tokens);
        const at = (job.row.index - first) * width;
        job.resolve(logits.subarray(at, at + width));
      }
    });
  }

  /**
   * One token of each row, and some of those that follow when the best one is always taken: they are computed without waiting, so that the device is
   * busy while the next run is being submitted. Asking for another token than the best throws them away.
   */
  async #stepAhead(jobs: readonly StepJob[]): Promise<void> {
    const open = jobs.filter((job) => !this.#takeKnown(job));
    if (open.length === 0) return;
    await withSharedSignal(open, async (signal) => {
      const places = open.map(({ row, tokens }) => ({ row, past: row.length, token: tokens[0] as number }));
      const found = await this.#goAhead(places, signal);
      for (const [index, { row, tokens, resolve }] of open.entries()) {
        const [next, ...rest] = found[index] as [BestToken, ...BestToken[]];
        this.#table.append(row, tokens);
        row.ahead = { after: next.token, tokens: rest, isTaken: false };
        resolve(next);
      }
    });
  }

  /** What a job asks for may have been computed while it waited. */
  #takeKnown({ row, tokens, resolve }: StepJob): boolean {
    const known = takeAhead(row, tokens[0] as number);
    if (known === undefined) return false;
    this.#table.append(row, tokens);
    resolve(known);
    return true;
  }

  /**
   * Goes on computing for rows whose readers take what was computed ahead, so that the device works while they do something with it. Never rejects;
   * resolves to false when there is nothing to do.
   */
  async refill(rows: readonly Row[]): Promise<boolean> {
    const open = rows
      .filter(({ ahead }) => ahead?.isTaken && ahead.tokens.length <= lowAhead)
      .filter(({ length, ahead }) => length + (ahead?.tokens.length ?? 0) < this.#graph.cache.capacity)
      .slice(0, maxWaiting);
    if (open.length === 0) return false;
    const places = open.map((row) => {
      const ahead = row.ahead as Ahead;
      return { row, ahead, past: row.length + ahead.tokens.length, token: ahead.tokens.at(-1)?.token ?? ahead.after };
    });
    try {
      const found = await this.#goAhead(places, new AbortController().signal);
      // Whoever went another way in the meantime has none of it any more, or another one.
      for (const [index, { ahead }] of places.entries()) {
        ahead.isTaken = false;
        ahead.tokens.push(...(found[index] as readonly BestToken[]));
      }
    } catch {
      for (const { row } of places) row.ahead = undefined; // the next step meets the fault itself
    }
    return true;
  }

  async #goAhead(
    places: readonly { readonly row: Row; readonly past: number; readonly token: number }[],
    signal: AbortSignal,
  ): Promise<readonly (readonly BestToken[])[]> {
    const room = Math.min(...places.map(({ past }) => this.#graph.cache.capacity - past));
    const wished = Math.max(1, Math.min(maxAhead, Math.floor(aheadMs / this.#stepMs / places.length)));
    const count = Math.min(wished, room, Math.floor(maxWaiting / places.length));
    const started = performance.now();
    const rows = places.map(({ row, past, token }) => ({ row: row.index, past, embeddings: this.#embed([token]) }));
    const found = await this.#graph.stepAhead(rows, count, signal);
    this.#stepMs = (performance.now() - started) / (count * places.length);
    return found;
  }

  /** The position behind a row's last token. A parked row that fills the cache to its end gives its last token up for it. */
  #makeGap(row: Row): number {
    const last = this.#graph.cache.capacity - 1;
    if (row.state === 'parked' && row.resident > last) this.#table.truncate(row, last);
    return Math.min(row.resident, last);
  }

  /** Several tokens of one sequence. */
  async #extend({ row, tokens, wanted, into, signal, resolve, reject }: StepJob): Promise<void> {
    try {
      const positions = wanted === 'last' ? Int32Array.of(tokens.length - 1) : Int32Array.from(tokens, (_, i) => i);
      const run = { row: row.index, past: row.length, embeddings: this.#embed(tokens) };
      const result =
        wanted === 'best' ? await this.#graph.extendBest(run, positions, signal) : await this.#graph.extend(run, positions, signal, into);
      this.#table.append(row, tokens);
      // Another sequence's run may follow before this one is read.
      resolve(result instanceof Float32Array && result.buffer !== into?.buffer ? result.slice() : result);
    } catch (error) {
      reject(error);
    }
  }

  #embed(tokens: readonly number[]): Float32Array {
    const { hiddenSize } = this.#graph;
    const embeddings = new Float32Array(tokens.length * hiddenSize);
    for (const [i, token] of tokens.entries()) this.#embedder.embed(token, embeddings, i * hiddenSize);
    return embeddings;
  }
}

/** Where a run over up to `most` tokens from `start` on ends. It is one token shorter where the last one before `target` would be left to be read alone. */
function chunkEnd(start: number, target: number, most: number): number {
  const end = Math.min(start + most, target);
  return target - end === fewestPositions - 1 && most > fewestPositions ? end - 1 : end;
}

/** What was computed ahead for a row whose sequence goes on with `token`; undefined when nothing was, or not after that token. */
export function takeAhead(row: Row, token: number): BestToken | undefined {
  const { ahead } = row;
  if (ahead?.after !== token) return undefined;
  const next = ahead.tokens.shift();
  if (next === undefined) return undefined;
  ahead.after = next.token;
  ahead.isTaken = true;
  return next;
}

/** Work for several jobs: each is let go when its signal aborts; the work itself stops when nobody waits for it any more. */
async function withSharedSignal(jobs: readonly StepJob[], work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const waiting = new Set(jobs);
  const unfollow = jobs.map((job) =>
    onAbort(job.signal, () => {
      job.reject(job.signal.reason);
      waiting.delete(job);
      if (waiting.size === 0) stop.abort(job.signal.reason);
    }),
  );
  try {
    await work(stop.signal);
  } catch (error) {
    for (const job of jobs) job.reject(error);
  } finally {
    for (const stopFollowing of unfollow) stopFollowing();
  }
}
