import { setImmediate as nextTurn } from 'node:timers/promises';
import { VisionError } from '@h2ovl/contract';
import type { DecoderGraph } from './decoder-graph.ts';
import type { Job, PrefillJob, PromptSource, Sequence, StepJob } from './decoder-jobs.ts';
import { commonLength, type Row, RowTable } from './row-table.ts';
import type { TokenEmbedder } from './token-embedder.ts';

export interface DecoderOptions {
  /** Tokens that one prefill run reads: bounds memory and the time until others get a turn; more gains nothing in speed. @default 128 */
  readonly chunkTokens?: number;
  /** Rows that may be in use at once. */
  readonly maxRows: number;
  /** Bytes of cache that may stay allocated for reuse when nobody needs them. */
  readonly maxIdleBytes: number;
}

/**
 * Shares the decoder graph between sequences (continuous batching): prompts are read in chunks, one sequence at a time and in order;
 * single tokens of all sequences go into one run; several tokens of one sequence are a run of their own. Prompts and tokens take turns, so that
 * a long prompt does not stop the answers of others.
 */
export class Decoder {
  readonly #graph: DecoderGraph;
  readonly #embedder: TokenEmbedder;
  readonly #table: RowTable;
  readonly #chunkTokens: number;
  readonly #maxIdleBytes: number;
  readonly #prefills: PrefillJob[] = [];
  readonly #steps = new Map<Row, StepJob>();
  #pumping = false;
  #run: Promise<void> = Promise.resolve();
  #disposed = false;

  constructor(graph: DecoderGraph, embedder: TokenEmbedder, options: DecoderOptions) {
    this.#graph = graph;
    this.#embedder = embedder;
    this.#table = new RowTable(options.maxRows, graph.cache.contextLength);
    this.#chunkTokens = options.chunkTokens ?? 128;
    this.#maxIdleBytes = options.maxIdleBytes;
  }

  /** Bytes of cache that a sequence of `tokens` tokens takes. */
  bytesFor(tokens: number): number {
    return this.#graph.cache.bytesFor(tokens);
  }

  /** Tokens at the start of `keys` whose work is in the cache now. */
  cachedPrefix(keys: Float64Array): number {
    return this.#table.longestPrefix(keys).tokens;
  }

  /**
   * Opens a sequence over `prompt`, of which about `expectedTokens` will be used, answer included.
   * @throws VisionError QUEUE_FULL when every row is in use, DISPOSED
   */
  openSequence(prompt: PromptSource, expectedTokens: number): Sequence {
    if (this.#disposed) throw disposedError();
    const rowBytes = this.#graph.cache.bytesFor(Math.max(expectedTokens, this.#graph.cache.capacity));
    const row = this.#table.claim(prompt.keys, (rows) => rows <= this.#graph.cache.rows || rows * rowBytes <= this.#maxIdleBytes);
    if (!row) throw new VisionError('QUEUE_FULL', `All ${this.#table.size} rows of the cache are in use.`, { hint: 'Wait for an answer.' });
    row.expected = expectedTokens;
    let closed = false;
    const submit = (add: (job: Job) => void, signal: AbortSignal): Promise<Float32Array> => {
      if (closed || this.#disposed) return Promise.reject(disposedError());
      if (signal.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        add({ row, signal, resolve, reject });
        void this.#pump();
      });
    };
    return {
      get length(): number {
        return row.length;
      },
      get cachedTokens(): number {
        return row.reused;
      },
      prefill: (signal, onProgress) => submit((job) => this.#prefills.push({ ...job, prompt, onProgress }), signal),
      step: (token, signal) => submit((job) => this.#steps.set(row, { ...job, tokens: [token], wanted: 'last' }), signal),
      extend: async (tokens, wanted, signal) => {
        this.#checkRoom(row, tokens.length);
        const logits = await submit((job) => this.#steps.set(row, { ...job, tokens, wanted }), signal);
        return tokens.length === 1 ? logits.slice() : logits; // one token went along with those of others, in memory that is used again
      },
      truncate: (length) => {
        if (closed || this.#disposed) throw disposedError();
        this.#table.truncate(row, length);
      },
      dispose: async () => {
        if (closed) return;
        closed = true;
        this.#drop(row);
        await this.#run; // a run may still write into the row
        this.#table.park(row);
        this.#trim();
      },
    };
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const job of [...this.#prefills.splice(0), ...this.#steps.values()]) job.reject(disposedError());
    this.#steps.clear();
    await this.#run;
    await this.#graph.dispose();
    this.#embedder.dispose();
  }

  /** Runs until no job is left; one pump at a time, which is what keeps runs from overlapping. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    let prefilledLast = false;
    try {
      for (;;) {
        // One turn of the event loop: the answers of the last run ask for their next token within it, and so share the next run.
        await nextTurn();
        this.#dropAborted();
        const prefill = this.#prefills[0];
        const doSteps: boolean = this.#steps.size > 0 && (prefilledLast || !prefill);
        if (!doSteps && !prefill) return;
        this.#run = doSteps ? this.#runSteps() : this.#runChunk(prefill as PrefillJob);
        await this.#run;
        prefilledLast = !doSteps;
      }
    } finally {
      this.#pumping = false;
    }
  }

  #drop(row: Row): void {
    this.#steps.delete(row);
    for (const job of this.#prefills) if (job.row === row) this.#removePrefill(job);
  }

  #removePrefill(job: PrefillJob): void {
    const at = this.#prefills.indexOf(job);
    if (at >= 0) this.#prefills.splice(at, 1);
  }

  #dropAborted(): void {
    for (const job of this.#prefills.filter((job) => job.signal.aborted)) {
      this.#removePrefill(job);
      job.reject(job.signal.reason);
    }
    for (const [row, job] of this.#steps) {
      if (!job.signal.aborted) continue;
      this.#steps.delete(row);
      job.reject(job.signal.reason);
    }
  }

  /** Reads the next chunk of one prompt; never rejects. */
  async #runChunk(job: PrefillJob): Promise<void> {
    const { row, prompt, signal } = job;
    try {
      await this.#fillFromOtherRow(row, prompt);
      const start = row.length;
      const end = Math.min(start + this.#chunkTokens, prompt.length);
      await this.#graph.cache.reserve(row.index + 1, Math.max(row.expected, end));
      const embeddings = new Float32Array((end - start) * this.#graph.hiddenSize);
      await prompt.write(start, end, embeddings, signal);
      const logits = await this.#graph.extend(row.index, start, embeddings, Int32Array.of(end - start - 1), signal);
      this.#table.append(row, prompt.keys.subarray(start, end));
      job.onProgress(end, prompt.length);
      if (end < prompt.length) return;
      this.#removePrefill(job);
      job.resolve(logits.slice()); // a step of others may run before this one is read
    } catch (error) {
      this.#removePrefill(job);
      job.reject(error);
    }
  }

  /** The page is being asked about by somebody else right now: its tokens are copied, not computed. */
  async #fillFromOtherRow(row: Row, prompt: PromptSource): Promise<void> {
    const source = row.copyFrom;
    row.copyFrom = undefined;
    if (!source) return;
    await this.#graph.cache.reserve(row.index + 1, row.expected);
    // The other row may have been given to somebody else since: what it holds now is what counts.
    const tokens = commonLength(source, prompt.keys);
    row.reused = tokens;
    await this.#graph.cache.copyPrefix(source.index, row.index, tokens);
    this.#table.append(row, source.keys.subarray(0, tokens));
  }

  /** The tokens of every sequence that waits for some; never rejects. */
  async #runSteps(): Promise<void> {
    const jobs = [...this.#steps.values()];
    this.#steps.clear();
    const single = jobs.filter((job) => job.tokens.length === 1);
    if (single.length > 0) await this.#runStep(single);
    for (const job of jobs) if (job.tokens.length > 1) await this.#runExtend(job);
  }

  /** One token each, in one run; never rejects. */
  async #runStep(jobs: readonly StepJob[]): Promise<void> {
    const rows = this.#table.span(jobs.map((job) => job.row.index));
    const first = (rows[0] as Row).index;
    const { hiddenSize } = this.#graph;
    const stop = new AbortController();
    const waiting = new Set(jobs);
    const listeners = jobs.map((job) => {
      const onAbort = (): void => {
        job.reject(job.signal.reason);
        waiting.delete(job);
        if (waiting.size === 0) stop.abort(job.signal.reason); // the run itself stops only when nobody waits for it
      };
      job.signal.addEventListener('abort', onAbort, { once: true });
      return onAbort;
    });
    try {
      // Rows in between that have no step run along with a zero embedding: it lands behind their last token, where nothing reads it.
      const past = rows.map((row) => Math.min(row.length, this.#table.contextLength - 1));
      await this.#graph.cache.reserve(first + rows.length, Math.max(...past) + 1);
      const embeddings = new Float32Array(rows.length * hiddenSize);
      for (const job of jobs) this.#embedder.embed(job.tokens[0] as number, embeddings, (job.row.index - first) * hiddenSize);
      const logits = await this.#graph.step(first, past, embeddings, stop.signal);
      const width = logits.length / rows.length;
      for (const job of jobs) {
        this.#table.append(job.row, job.tokens);
        const at = (job.row.index - first) * width;
        job.resolve(logits.subarray(at, at + width));
      }
    } catch (error) {
      for (const job of jobs) job.reject(error);
    } finally {
      for (const [i, job] of jobs.entries()) job.signal.removeEventListener('abort', listeners[i] as () => void);
    }
  }

  /** Several tokens of one sequence; never rejects. */
  async #runExtend({ row, tokens, wanted, signal, resolve, reject }: StepJob): Promise<void> {
    try {
      const { hiddenSize } = this.#graph;
      await this.#graph.cache.reserve(row.index + 1, row.length + tokens.length);
      const embeddings = new Float32Array(tokens.length * hiddenSize);
      for (const [i, token] of tokens.entries()) this.#embedder.embed(token, embeddings, i * hiddenSize);
      const positions = wanted === 'each' ? Int32Array.from(tokens, (_, i) => i) : Int32Array.of(tokens.length - 1);
      const logits = await this.#graph.extend(row.index, row.length, embeddings, positions, signal);
      this.#table.append(row, tokens);
      resolve(logits.slice()); // another sequence's run may follow before this one is read
    } catch (error) {
      reject(error);
    }
  }

  #checkRoom(row: Row, tokens: number): void {
    const left = this.#table.contextLength - row.length;
    if (tokens >= 1 && tokens <= left) return;
    throw new VisionError(
      'INVALID_ARGUMENT',
      `${tokens} tokens were given; a run reads at least 1, and the context has room for ${left}.`,
      {
        hint: 'Give the tokens that follow, as many as the context holds.',
      },
    );
  }

  /** Gives back what nobody uses beyond the idle budget. */
  #trim(): void {
    const { cache } = this.#graph;
    if (this.#table.activeCount > 0 || cache.rows * cache.bytesFor(cache.capacity) <= this.#maxIdleBytes) return;
    this.#table.clearParked();
    cache.release();
  }
}

function disposedError(): VisionError {
  return new VisionError('DISPOSED', 'The model was disposed.', { hint: 'Load it again.' });
}
