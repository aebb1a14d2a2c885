import { setImmediate as nextTurn } from 'node:timers/promises';
import { onAbort, VisionError } from '@h2ovl/contract';
import type { BestToken } from './best-tokens.ts';
import type { DecoderGraph } from './decoder-graph.ts';
import type { Job, JobResult, PrefillJob, PromptSource, Sequence, StepJob } from './decoder-jobs.ts';
import { RowMemory } from './row-memory.ts';
import { RowRunner, takeAhead } from './row-runner.ts';
import { type Row, RowTable } from './row-table.ts';
import type { TokenEmbedder } from './token-embedder.ts';

export interface DecoderOptions {
  /** Tokens that one prefill run reads: bounds memory and the time until others get a turn. @default 128 */
  readonly chunkTokens?: number;
  /** Rows that may be in use at once. */
  readonly maxRows: number;
  /** Bytes of cache that may stay allocated for reuse when nobody needs them. */
  readonly maxIdleBytes: number;
}

/**
 * Shares the decoder graph between sequences (continuous batching): prompts are read in chunks, one sequence at a time and in order;
 * single tokens of all sequences go into one run; several tokens of one sequence are a run of their own. Prompts and tokens take turns, so that
 * a long prompt does not stop the answers of others. Where the memory is too small for all, the sequences that came last wait (`RowMemory`).
 */
export class Decoder {
  readonly #graph: DecoderGraph;
  readonly #embedder: TokenEmbedder;
  readonly #table: RowTable;
  readonly #memory: RowMemory;
  readonly #runner: RowRunner;
  readonly #maxIdleBytes: number;
  readonly #prefills: PrefillJob[] = [];
  readonly #steps = new Map<Row, StepJob>();
  #pumping = false;
  /** Counts what may let waiting work go on: new work, and sequences that ended. */
  #changes = 0;
  #run: Promise<unknown> = Promise.resolve();
  #disposed = false;

  constructor(graph: DecoderGraph, embedder: TokenEmbedder, options: DecoderOptions) {
    this.#graph = graph;
    this.#embedder = embedder;
    this.#table = new RowTable(options.maxRows, graph.cache.maxTokens);
    this.#memory = new RowMemory(graph.cache, this.#table, options.maxIdleBytes);
    this.#runner = new RowRunner(graph, embedder, this.#table, options.chunkTokens ?? 128);
    this.#maxIdleBytes = options.maxIdleBytes;
  }

  /** Tokens a sequence can have, prompt and answer together: the model's context, or fewer where the memory does not suffice. */
  get maxTokens(): number {
    return this.#graph.cache.maxTokens;
  }

  /** Bytes of cache that a sequence of `tokens` tokens takes, at most. Several take what the longest takes, each. */
  bytesFor(tokens: number): number {
    return this.#graph.cache.peakBytes(1, tokens);
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
    row.expected = Math.min(expectedTokens, this.maxTokens);
    row.prompt = prompt;
    let closed = false;
    const submit = <Result extends JobResult>(add: (job: Job) => void, signal: AbortSignal): Promise<Result> => {
      if (closed || this.#disposed) return Promise.reject(disposedError());
      if (signal.aborted) return Promise.reject(signal.reason);
      return new Promise((resolve, reject) => {
        const wake = (): void => void this.#pump(); // work that waits for memory has to notice, too
        const unfollow = onAbort(signal, wake);
        const settled =
          <V>(settle: (value: V) => void) =>
          (value: V): void => {
            unfollow();
            settle(value);
          };
        // A job says what it wants, and ends with that.
        add({ row, signal, resolve: settled((result: JobResult) => resolve(result as Result)), reject: settled(reject) });
        void this.#pump();
      });
    };
    const stepBest = async (token: number, signal: AbortSignal): Promise<BestToken> => {
      const known = closed || this.#disposed || signal.aborted ? undefined : takeAhead(row, token);
      if (known === undefined) return submit<BestToken>((job) => this.#steps.set(row, { ...job, tokens: [token], wanted: 'best' }), signal);
      this.#table.append(row, [token]);
      void this.#pump(); // what follows is computed meanwhile
      return known;
    };
    const extendBest = async (tokens: readonly number[], signal: AbortSignal): Promise<readonly BestToken[]> => {
      this.#checkRoom(row, tokens.length);
      if (tokens.length === 1) return [await stepBest(tokens[0] as number, signal)];
      return submit<readonly BestToken[]>((job) => this.#steps.set(row, { ...job, tokens, wanted: 'best' }), signal);
    };
    const { choosesTokens } = this.#graph;
    return {
      get length(): number {
        return row.length;
      },
      get cachedTokens(): number {
        return row.reused;
      },
      stepBest: choosesTokens ? stepBest : undefined,
      extendBest: choosesTokens ? extendBest : undefined,
      prefill: (signal, onProgress) => submit<Float32Array>((job) => this.#prefills.push({ ...job, prompt, onProgress }), signal),
      step: (token, signal) => submit<Float32Array>((job) => this.#steps.set(row, { ...job, tokens: [token], wanted: 'last' }), signal),
      extend: async (tokens, wanted, signal, into) => {
        this.#checkRoom(row, tokens.length);
        const logits = await submit<Float32Array>((job) => this.#steps.set(row, { ...job, tokens, wanted, into }), signal);
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
        void this.#pump(); // others may have waited for this memory
      },
    };
  }

  /** Gives the weights' memory back until the next prompt comes, unless a sequence is open. Never rejects. */
  async returnWeightPages(): Promise<void> {
    if (!this.#disposed && this.#table.activeCount === 0) await this.#graph.returnWeightPages();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const job of [...this.#prefills.splice(0), ...this.#steps.values()]) job.reject(disposedError());
    this.#steps.clear();
    await this.#run;
    await this.#graph.dispose();
    this.#embedder.dispose();
  }

  /** Runs until no job is left, or each waits for memory; one pump at a time, which is what keeps runs from overlapping. */
  async #pump(): Promise<void> {
    this.#changes += 1;
    if (this.#pumping) return;
    this.#pumping = true;
    let prefilledLast = false;
    try {
      for (;;) {
        // One turn of the event loop: the answers of the last run ask for their next token within it, and so share the next run.
        await nextTurn();
        this.#dropAborted();
        const changes = this.#changes;
        const didSteps: boolean = prefilledLast && (await this.#track(this.#runSteps()));
        const didPrefill: boolean = !didSteps && (await this.#track(this.#runPrefill()));
        const isDone = didSteps || didPrefill || (!prefilledLast && (await this.#track(this.#runSteps())));
        const wentAhead: boolean = !isDone && (await this.#track(this.#runner.refill(this.#table.inState('active'))));
        if (!isDone && !wentAhead && changes === this.#changes) return; // whoever holds the memory calls again
        prefilledLast = didPrefill;
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** Remembers the run, for those who wait until nothing runs. */
  #track(run: Promise<boolean>): Promise<boolean> {
    this.#run = run;
    return run;
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

  /** Reads the next chunk of the prompt that was opened first. Never rejects; resolves to false when there is none, or it has to wait for memory. */
  async #runPrefill(): Promise<boolean> {
    const [job] = this.#prefills.toSorted(byAge);
    if (!job) return false;
    const { row, prompt, signal } = job;
    this.#memory.beginRound();
    try {
      if (!(await this.#memory.ensure(row, Math.max(row.expected, row.length)))) return false;
      await this.#runner.copyShared(row, prompt);
      const logits = await this.#runner.read(row, prompt.length, signal);
      if (row.resident === row.length) job.onProgress(row.length, prompt.length);
      if (row.length < prompt.length || row.resident < row.length) return true;
      this.#removePrefill(job);
      job.resolve(logits.slice()); // a step of others may run before this one is read
    } catch (error) {
      this.#removePrefill(job);
      job.reject(error);
    }
    return true;
  }

  /** The tokens of every sequence that waits for some. Never rejects; resolves to false when each of them has to wait for memory. */
  async #runSteps(): Promise<boolean> {
    const ready: StepJob[] = [];
    let isBusy = false;
    this.#memory.beginRound();
    // Those that were opened first go first: nobody takes their memory afterwards.
    for (const job of [...this.#steps.values()].sort(byAge)) {
      const state = await this.#prepareStep(job);
      isBusy ||= state !== 'waiting';
      if (state === 'ready') ready.push(job);
      if (state !== 'failed') continue;
      this.#steps.delete(job.row);
      ready.length = 0; // where no memory was left, they lost their tokens; they are looked at again
    }
    for (const job of ready) this.#steps.delete(job.row);
    await this.#runner.run(ready);
    return isBusy;
  }

  /** Memory for a step, and what the row lost when others needed its memory; a chunk of that at a time. */
  async #prepareStep({ row, tokens, signal, reject }: StepJob): Promise<'ready' | 'waiting' | 'reading' | 'failed'> {
    try {
      if (!(await this.#memory.ensure(row, row.length + tokens.length))) return 'waiting';
      if (row.resident === row.length) return 'ready';
      await this.#runner.read(row, row.length, signal);
      return row.resident === row.length ? 'ready' : 'reading';
    } catch (error) {
      reject(error);
      return 'failed';
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

  /** Gives back what nobody uses beyond the idle budget. Room that was laid out counts, whether anything was written there or not. */
  #trim(): void {
    const { cache } = this.#graph;
    if (this.#table.activeCount > 0 || cache.rows * cache.bytesFor(cache.capacity) <= this.#maxIdleBytes) return;
    this.#table.clearParked();
    cache.release();
  }
}

/** Sequences that were opened first come first. */
function byAge(a: Job, b: Job): number {
  return a.row.lastUsed - b.row.lastUsed;
}

function disposedError(): VisionError {
  return new VisionError('DISPOSED', 'The model was disposed.', { hint: 'Load it again.' });
}
