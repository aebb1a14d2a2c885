import { VisionError } from '@h2ovl/contract';
import type { DecoderGraph } from './decoder-graph.ts';
import type { PromptSource, StepJob } from './decoder-jobs.ts';
import { commonLength, type Row, type RowTable } from './row-table.ts';
import type { TokenEmbedder } from './token-embedder.ts';

/** Runs the graph for rows that have the memory, and records what was read. Runs never overlap: the decoder sees to that. */
export class RowRunner {
  readonly #graph: DecoderGraph;
  readonly #embedder: TokenEmbedder;
  readonly #table: RowTable;
  readonly #chunkTokens: number;

  constructor(graph: DecoderGraph, embedder: TokenEmbedder, table: RowTable, chunkTokens: number) {
    this.#graph = graph;
    this.#embedder = embedder;
    this.#table = table;
    this.#chunkTokens = chunkTokens;
  }

  /** Reads the next tokens of a row's prompt up to `target`, or tokens that were read before and lost their memory. The logits are those of the last one. */
  async read(row: Row, target: number, signal: AbortSignal): Promise<Float32Array> {
    const { prompt } = row;
    if (!prompt) throw new VisionError('DISPOSED', 'The sequence is over.');
    const { hiddenSize } = this.#graph;
    const start = row.resident;
    // What was read before ends where it ended before, so that the answer's own tokens are never mixed up with the prompt's.
    const known = start < row.length;
    const end = Math.min(start + this.#chunkTokens, known ? row.length : target);
    const embeddings = new Float32Array((end - start) * hiddenSize);
    const promptEnd = Math.min(end, prompt.length);
    if (start < promptEnd) await prompt.write(start, promptEnd, embeddings, signal);
    for (let at = Math.max(start, promptEnd); at < end; at += 1) {
      this.#embedder.embed(row.keys[at] as number, embeddings, (at - start) * hiddenSize);
    }
    const logits = await this.#graph.extend(row.index, start, embeddings, Int32Array.of(end - start - 1), signal);
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

  /** One token each, in one run; never rejects. */
  async step(jobs: readonly StepJob[]): Promise<void> {
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
      const past = rows.map((row) => this.#makeGap(row));
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

  /** The position behind a row's last token. A parked row that fills the cache to its end gives its last token up for it. */
  #makeGap(row: Row): number {
    const last = this.#graph.cache.capacity - 1;
    if (row.state === 'parked' && row.resident > last) this.#table.truncate(row, last);
    return Math.min(row.resident, last);
  }

  /** Several tokens of one sequence; never rejects. */
  async extend({ row, tokens, wanted, signal, resolve, reject }: StepJob): Promise<void> {
    try {
      const { hiddenSize } = this.#graph;
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
}
