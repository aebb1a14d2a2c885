import { graphValues, type Manifest } from '../model-files/manifest.ts';
import type { Runtime, Session } from '../runtime/port.ts';
import { KvCache } from './kv-cache.ts';

/** The decoder graph over its cache: two ways to run it, no bookkeeping. */
export class DecoderGraph {
  readonly cache: KvCache;
  readonly hiddenSize: number;
  readonly #session: Session;
  readonly #vocabularySize: number;
  #logits: Float32Array = new Float32Array(0);

  /** `maxCacheBytes`: what the cache may take, at its peak. */
  constructor(runtime: Runtime, session: Session, manifest: Manifest, maxCacheBytes: number = Number.POSITIVE_INFINITY) {
    this.cache = new KvCache(runtime, manifest.model, maxCacheBytes);
    this.hiddenSize = manifest.model.hiddenSize;
    this.#session = session;
    this.#vocabularySize = manifest.model.vocabularySize;
  }

  /**
   * Reads `embeddings` [tokens, hiddenSize] into one row from position `past` on. `wanted`: which of them get logits, counted from the first.
   * Returns logits [wanted, vocabulary]; valid until the next run.
   */
  async extend(row: number, past: number, embeddings: Float32Array, wanted: Int32Array, signal: AbortSignal): Promise<Float32Array> {
    const tokens = embeddings.length / this.hiddenSize;
    return this.#run({ first: row, batch: 1, tokens, embeddings, lengths: Int32Array.of(past + tokens - 1), wanted, signal });
  }

  /**
   * Reads one token in each of the rows `first`, `first + 1`, ...: `embeddings` [rows, hiddenSize], `past` the tokens each row holds.
   * Returns logits [rows, vocabulary]; valid until the next run.
   */
  async step(first: number, past: readonly number[], embeddings: Float32Array, signal: AbortSignal): Promise<Float32Array> {
    const lengths = Int32Array.from(past);
    return this.#run({ first, batch: past.length, tokens: 1, embeddings, lengths, wanted: Int32Array.of(0), signal });
  }

  async #run(run: {
    readonly first: number;
    readonly batch: number;
    readonly tokens: number;
    readonly embeddings: Float32Array;
    /** Last position written per row: tokens after the run, minus one. */
    readonly lengths: Int32Array;
    readonly wanted: Int32Array;
    readonly signal: AbortSignal;
  }): Promise<Float32Array> {
    const { batch, tokens, lengths, wanted } = run;
    const logits = this.#logitsFor(batch * wanted.length);
    const logitsDims = [batch, wanted.length, this.#vocabularySize];
    const cache = this.cache.bind(run.first, batch);
    await this.#session.run({
      inputs: {
        [graphValues.embeddings]: { dtype: 'float32', dims: [batch, tokens, this.hiddenSize], data: run.embeddings },
        [graphValues.lengths]: { dtype: 'int32', dims: [batch], data: lengths },
        [graphValues.totalLength]: { dtype: 'int32', dims: [], data: Int32Array.of(Math.max(...lengths) + 1) },
        [graphValues.logitPositions]: { dtype: 'int32', dims: [wanted.length], data: wanted },
        ...cache.inputs,
      },
      outputs: { [graphValues.logits]: { dtype: 'float32', dims: logitsDims, data: logits }, ...cache.outputs },
      signal: run.signal,
    });
    return logits;
  }

  #logitsFor(positions: number): Float32Array {
    const length = positions * this.#vocabularySize;
    if (this.#logits.length < length) this.#logits = new Float32Array(length);
    return this.#logits.subarray(0, length);
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
    this.cache.release();
  }
}
