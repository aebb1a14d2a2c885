import { graphValues, type Manifest } from '../model-files/manifest.ts';
import type { Binding, DeviceTensor, DeviceView, Runtime, Session } from '../runtime/port.ts';
import { elementCount } from '../tensor/tensor.ts';
import { type BestToken, BestTokens, bestTokenOf, valuesPerToken } from './best-tokens.ts';
import { type KvCache, SharedKvCache } from './kv-cache.ts';
import { SeparateKvCache } from './kv-cache-rows.ts';

/** Tokens that one row reads in a run. */
interface RowRun {
  readonly row: number;
  /** Tokens the row holds. */
  readonly past: number;
  /** [tokens, hiddenSize] */
  readonly embeddings: Float32Array;
}

interface GraphRun {
  readonly first: number;
  readonly batch: number;
  readonly tokens: number;
  readonly embeddings: Float32Array | DeviceView;
  /** Last position written per row: tokens after the run, minus one. */
  readonly lengths: Int32Array;
  readonly wanted: Int32Array | DeviceView;
  readonly signal: AbortSignal;
  readonly outputs: Readonly<Record<string, Binding>>;
  /** A token that an earlier run chose, in runtime memory; its embedding is added to `embeddings`. */
  readonly tokenIds?: Binding;
}

interface RunForLogits extends Omit<GraphRun, 'outputs'> {
  readonly embeddings: Float32Array;
  readonly wanted: Int32Array;
  /** Where the logits go, if they fit. */
  readonly into?: Float32Array | undefined;
}

/** The decoder graph over its cache: the ways to run it, no bookkeeping. */
export class DecoderGraph {
  readonly cache: KvCache;
  readonly hiddenSize: number;
  readonly #runtime: Runtime;
  readonly #session: Session;
  readonly #inputNames: ReadonlySet<string>;
  readonly #vocabularySize: number;
  readonly #bestTokens: BestTokens | undefined;
  /** Outputs that nobody reads, by name: they stay where they were computed. */
  readonly #unread = new Map<string, DeviceTensor>();
  #logits: Float32Array = new Float32Array(0);

  /** `maxCacheBytes`: what the cache may take, at its peak. */
  constructor(runtime: Runtime, session: Session, manifest: Manifest, maxCacheBytes: number = Number.POSITIVE_INFINITY) {
    const dtype = session.inputs.find(({ name }) => name === graphValues.pastKey(0))?.dtype ?? 'float32';
    const options = { runtime, shape: { ...manifest.model, dtype }, maxBytes: maxCacheBytes };
    this.cache = runtime.info.views === 'anywhere' ? new SharedKvCache(options) : new SeparateKvCache(options);
    this.hiddenSize = manifest.model.hiddenSize;
    this.#runtime = runtime;
    this.#session = session;
    this.#inputNames = new Set(session.inputs.map(({ name }) => name));
    this.#vocabularySize = manifest.model.vocabularySize;
    const choosesTokens = session.outputs.some(({ name }) => name === graphValues.best);
    this.#bestTokens = choosesTokens ? new BestTokens(runtime, manifest.model.hiddenSize) : undefined;
  }

  /** Whether the graph itself names the best token, so that `extendBest` and `stepAhead` can be used. */
  get choosesTokens(): boolean {
    return this.#bestTokens !== undefined;
  }

  /**
   * Whether a run may be asked for no logits at all, and then computes neither the last layer behind its attention nor the head. Not on a GPU, which reads a
   * prompt in one run anyway.
   */
  get canLeaveOutLogits(): boolean {
    return !this.choosesTokens;
  }

  /**
   * Reads `embeddings` [tokens, hiddenSize] into one row from position `past` on. `wanted`: which of them get logits, counted from the first.
   * Returns logits [wanted, vocabulary]: the beginning of `into` where that is large enough, else memory that is valid until the next run.
   */
  async extend({ row, past, embeddings }: RowRun, wanted: Int32Array, signal: AbortSignal, into?: Float32Array): Promise<Float32Array> {
    const tokens = embeddings.length / this.hiddenSize;
    return this.#runForLogits({
      first: row,
      batch: 1,
      tokens,
      embeddings,
      lengths: Int32Array.of(past + tokens - 1),
      wanted,
      signal,
      into,
    });
  }

  /**
   * Reads one token in each of the rows `first`, `first + 1`, ...: `embeddings` [rows, hiddenSize], `past` the tokens each row holds.
   * Returns logits [rows, vocabulary]; valid until the next run. Several rows only where the cache is shared.
   */
  async step(first: number, past: readonly number[], embeddings: Float32Array, signal: AbortSignal): Promise<Float32Array> {
    const lengths = Int32Array.from(past);
    return this.#runForLogits({ first, batch: past.length, tokens: 1, embeddings, lengths, wanted: Int32Array.of(0), signal });
  }

  /** As `extend`, for the best token after each of the `wanted` positions. */
  async extendBest({ row, past, embeddings }: RowRun, wanted: Int32Array, signal: AbortSignal): Promise<readonly BestToken[]> {
    const tokens = embeddings.length / this.hiddenSize;
    const dims = [1, wanted.length];
    const best = new Float32Array(wanted.length * valuesPerToken);
    const outputs = {
      [graphValues.logits]: await this.#unreadOutput(graphValues.logits, 'float32', [...dims, this.#vocabularySize]),
      [graphValues.bestToken]: await this.#unreadOutput(graphValues.bestToken, 'int32', dims),
      [graphValues.best]: { dtype: 'float32', dims: [...dims, valuesPerToken], data: best } as const,
    };
    await this.#run({ first: row, batch: 1, tokens, embeddings, lengths: Int32Array.of(past + tokens - 1), wanted, signal, outputs });
    return Array.from(wanted, (_, i) => bestTokenOf(best.subarray(i * valuesPerToken)));
  }

  /**
   * Reads one token in each row, then `count - 1` times the best token after it, without waiting for a result in between. Returns, for each row, the
   * best token after each of the `count`. At most `maxWaiting` runs together.
   */
  async stepAhead(rows: readonly RowRun[], count: number, signal: AbortSignal): Promise<readonly (readonly BestToken[])[]> {
    const places = this.#bestTokens as BestTokens;
    await places.prepare();
    const logits = await this.#unreadOutput(graphValues.logits, 'float32', [1, 1, this.#vocabularySize]);
    for (let turn = 0; turn < count; turn += 1) {
      for (const [index, { row, past, embeddings }] of rows.entries()) {
        const place = turn * rows.length + index;
        await this.#run({
          first: row,
          batch: 1,
          tokens: 1,
          embeddings: turn === 0 ? embeddings : places.noEmbedding,
          lengths: Int32Array.of(past + turn),
          wanted: places.firstPosition,
          signal,
          outputs: { [graphValues.logits]: logits, [graphValues.bestToken]: places.token(place), [graphValues.best]: places.best(place) },
          ...(turn > 0 && { tokenIds: places.token(place - rows.length) }),
        });
      }
    }
    const all = await places.read(count * rows.length, signal);
    return rows.map((_, index) => Array.from({ length: count }, (_, turn) => all[turn * rows.length + index] as BestToken));
  }

  /** Runs the graph for nothing in each of the ways that it will be run, and gives the memory back: a device compiles its programs then. */
  async warmUp(signal: AbortSignal): Promise<void> {
    const tokens = Math.min(warmUpTokens, this.cache.maxTokens / 2);
    const embeddings = (count: number): Float32Array => new Float32Array(count * this.hiddenSize);
    await this.cache.reserve(1, Math.min(this.cache.maxTokens, 2 * warmUpTokens));
    await this.extend({ row: 0, past: 0, embeddings: embeddings(tokens) }, Int32Array.of(tokens - 1), signal);
    await this.step(0, [tokens], embeddings(1), signal);
    if (this.choosesTokens) {
      await this.extendBest({ row: 0, past: tokens, embeddings: embeddings(2) }, Int32Array.of(0, 1), signal);
      await this.stepAhead([{ row: 0, past: tokens, embeddings: embeddings(1) }], 2, signal);
    }
    this.cache.release();
  }

  async #runForLogits({ into, ...run }: RunForLogits): Promise<Float32Array> {
    const positions = run.batch * run.wanted.length;
    const logits = this.#logitsFor(positions, into);
    const dims = [run.batch, run.wanted.length];
    const outputs: Record<string, Binding> = {
      [graphValues.logits]: { dtype: 'float32', dims: [...dims, this.#vocabularySize], data: logits },
    };
    if (this.#bestTokens !== undefined) {
      outputs[graphValues.bestToken] = await this.#unreadOutput(graphValues.bestToken, 'int32', dims);
      outputs[graphValues.best] = await this.#unreadOutput(graphValues.best, 'float32', [...dims, valuesPerToken]);
    }
    await this.#run({ ...run, outputs });
    return logits;
  }

  async #run(run: GraphRun): Promise<void> {
    const { batch, tokens, embeddings, lengths, wanted, signal } = run;
    const cache = this.cache.bind(run.first, batch);
    await this.#session.run({
      inputs: {
        [graphValues.embeddings]:
          'tensor' in embeddings ? embeddings : { dtype: 'float32', dims: [batch, tokens, this.hiddenSize], data: embeddings },
        [graphValues.lengths]: { dtype: 'int32', dims: [batch], data: lengths },
        [graphValues.totalLength]: { dtype: 'int32', dims: [], data: Int32Array.of(Math.max(...lengths) + 1) },
        [graphValues.logitPositions]: 'tensor' in wanted ? wanted : { dtype: 'int32', dims: [wanted.length], data: wanted },
        ...this.#deviceInputs(run),
        ...cache.inputs,
      },
      outputs: { ...run.outputs, ...cache.outputs },
      signal,
    });
  }

  /** What only some forms of the graph take. */
  #deviceInputs({ batch, tokens, lengths, tokenIds }: GraphRun): Readonly<Record<string, Binding>> {
    const inputs: Record<string, Binding> = {};
    if (this.#inputNames.has(graphValues.tokenIds)) {
      const nothing = new Int32Array(batch * tokens).fill(this.#vocabularySize);
      inputs[graphValues.tokenIds] = tokenIds ?? { dtype: 'int32', dims: [batch, tokens], data: nothing };
    }
    if (this.#inputNames.has(graphValues.attentionMask)) {
      const total = (lengths[0] as number) + 1;
      const past = total - tokens;
      const mask = new Float32Array(tokens * total);
      for (let token = 0; token < tokens; token += 1) mask.fill(hiddenScore, token * total + past + token + 1, (token + 1) * total);
      const positions = BigInt64Array.from({ length: tokens }, (_, token) => BigInt(past + token));
      inputs[graphValues.attentionMask] = { dtype: 'float32', dims: [tokens, total], data: mask };
      inputs[graphValues.positions] = { dtype: 'int64', dims: [1, tokens], data: positions };
      inputs[graphValues.keyCount] = { dtype: 'int64', dims: [1], data: BigInt64Array.of(BigInt(total)) };
    }
    return inputs;
  }

  async #unreadOutput(name: string, dtype: 'float32' | 'int32', dims: readonly number[]): Promise<Binding> {
    const known = this.#unread.get(name);
    if (known !== undefined && elementCount(known.dims) >= elementCount(dims)) return known.view(0, dims);
    known?.dispose();
    const tensor = await this.#runtime.allocate(dtype, dims);
    this.#unread.set(name, tensor);
    return tensor.view(0, dims);
  }

  #logitsFor(positions: number, into: Float32Array | undefined): Float32Array {
    const length = positions * this.#vocabularySize;
    if (into !== undefined && into.length >= length) return into.subarray(0, length);
    if (this.#logits.length < length) this.#logits = new Float32Array(length);
    return this.#logits.subarray(0, length);
  }

  /** As the session's. */
  returnWeightPages(): Promise<void> {
    return this.#session.returnWeightPages();
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
    this.cache.release();
    await this.#bestTokens?.dispose();
    for (const tensor of this.#unread.values()) tensor.dispose();
    this.#unread.clear();
  }
}

/** Added to the scores of positions that a token does not see: far below any score, and inside float16. */
const hiddenScore = -30_000;

/** A prompt long enough for the kernels that long prompts take. */
const warmUpTokens = 256;
