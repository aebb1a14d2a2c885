import { graphValues } from '../model-files/manifest.ts';
import type { DeviceTensor, DeviceView, Runtime } from '../runtime/port.ts';
import { bytesPerElement, type DType } from '../tensor/tensor.ts';

export interface KvCacheShape {
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** No row ever grows beyond this many tokens. */
  readonly contextLength: number;
  /** @default float32 */
  readonly dtype?: DType;
}

export interface KvCacheOptions {
  readonly runtime: Runtime;
  readonly shape: KvCacheShape;
  /** What the cache may take at its peak. */
  readonly maxBytes: number;
}

/** A row that stays when the cache is laid out anew, and how many of its tokens count. */
export interface KeptRow {
  readonly index: number;
  readonly tokens: number;
}

/** How a cache is laid out: a rectangle, rows x tokens that each can hold. */
export interface Layout {
  readonly rows: number;
  readonly capacity: number;
}

/** Graph values of a run over some rows: each past tensor and the present one that is the same memory. */
export interface CacheBindings {
  readonly inputs: Readonly<Record<string, DeviceView>>;
  readonly outputs: Readonly<Record<string, DeviceView>>;
}

/** What may stay in memory for further questions on the same pages, when nothing runs. */
export const maxIdleCacheBytes = 512e6;

/** Rows grow in steps, so that a long answer does not reallocate at every token. */
const growthTokens = 256;

/** Bytes of one token of one row. */
function tokenBytes({ layers, keyValueHeads, headSize, dtype = 'float32' }: KvCacheShape): number {
  return 2 * layers * keyValueHeads * headSize * bytesPerElement[dtype];
}

/** While the cache grows, one tensor of the old layout is there beside the new ones; there are two tensors a layer. */
function peakFactor({ layers }: KvCacheShape): number {
  return 1 + 1 / (2 * layers);
}

/** Most tokens that a row can hold when it is the only one and `maxBytes` is all there is; 0 when not even the smallest row fits. */
export function tokensWithin(shape: KvCacheShape, maxBytes: number): number {
  return roundDown(maxBytes / (tokenBytes(shape) * peakFactor(shape)), shape);
}

function roundDown(tokens: number, { contextLength }: KvCacheShape): number {
  return tokens >= contextLength ? contextLength : Math.floor(tokens / growthTokens) * growthTokens;
}

/** Bytes that the smallest cache takes while it is made. */
export function leastBytes(shape: KvCacheShape): number {
  return Math.ceil(tokenBytes(shape) * peakFactor(shape) * Math.min(growthTokens, shape.contextLength));
}

/**
 * Keys and values of all sequences, as many tokens for each row. Graphs write new positions into it in place; what lies beyond a row's length is never
 * read. Never larger than `maxBytes`, not even while it grows.
 */
export abstract class KvCache {
  /** Whether a run may work on several rows. */
  abstract readonly isShared: boolean;
  /** Whether memory is taken where it is written to only, so that room which nobody uses costs addresses and nothing else. */
  abstract readonly isCommittedAtUse: boolean;
  /** Tokens one row can ever have: the model's context, or fewer where the memory does not suffice. */
  readonly maxTokens: number;
  protected readonly runtime: Runtime;
  protected readonly shape: KvCacheShape;
  readonly #maxBytes: number;
  #layout: Layout = { rows: 0, capacity: 0 };

  constructor({ runtime, shape, maxBytes }: KvCacheOptions) {
    this.runtime = runtime;
    this.shape = shape;
    this.#maxBytes = maxBytes;
    this.maxTokens = tokensWithin(shape, maxBytes);
  }

  get rows(): number {
    return this.#layout.rows;
  }

  /** Tokens each row can hold now. */
  get capacity(): number {
    return this.#layout.capacity;
  }

  /** Bytes that `tokens` tokens of one row take. */
  bytesFor(tokens: number): number {
    return tokenBytes(this.shape) * this.roundUp(tokens);
  }

  /** `tokens` as the cache would allocate it. */
  roundUp(tokens: number): number {
    return Math.min(this.shape.contextLength, Math.ceil(tokens / growthTokens) * growthTokens);
  }

  /** Bytes that `rows` rows of `tokens` tokens take while they are laid out. */
  peakBytes(rows: number, tokens: number): number {
    return rows * this.bytesFor(tokens) * peakFactor(this.shape);
  }

  /** Whether `rows` rows of `tokens` tokens may be allocated. */
  fits(rows: number, tokens: number): boolean {
    return this.peakBytes(rows, tokens) <= this.#maxBytes;
  }

  /** Most tokens that `rows` rows can have, each, where they take `bytes` together and may be allocated; 0 when not even the shortest can. */
  longestWithin(rows: number, bytes: number): number {
    return Math.min(tokensWithin(this.shape, this.#maxBytes / rows), roundDown(bytes / rows / tokenBytes(this.shape), this.shape));
  }

  /** Makes room for at least `rows` rows of `tokens` tokens. Where there is not enough, what was in the cache is gone. The caller has asked `fits`. */
  async reserve(rows: number, tokens: number): Promise<void> {
    if (rows <= this.rows && tokens <= this.capacity) return;
    await this.layOut([], Math.max(this.rows, rows), Math.max(this.capacity, tokens));
  }

  /**
   * Lays the cache out anew: `rows` rows with room for `tokens` tokens each. The kept rows become the first ones, in this order; of each the tokens that
   * count are moved, and nothing else is. The caller has asked `fits`.
   */
  async layOut(kept: readonly KeptRow[], rows: number, tokens: number): Promise<void> {
    const next = { rows, capacity: this.roundUp(tokens) };
    try {
      await this.move(kept, this.#layout, next);
    } catch (error) {
      this.release(); // half of it is laid out in one way and half in the other
      throw error;
    }
    this.#layout = next;
  }

  /** Views of `count` rows from `first`, past and present being the same memory. The same object for the same rows, until the cache grows. */
  abstract bind(first: number, count: number): CacheBindings;

  /** Copies the first `tokens` tokens of one row into another. */
  abstract copyPrefix(source: number, target: number, tokens: number): Promise<void>;

  /** Gives all memory back, and forgets what was in it; the cache can be used again. */
  release(): void {
    this.free();
    this.#layout = { rows: 0, capacity: 0 };
  }

  /** Moves to a new layout: the kept rows become the first ones. */
  protected abstract move(kept: readonly KeptRow[], old: Layout, next: Layout): Promise<void>;
  protected abstract free(): void;
}

/** Graph values of a run, from the tensors of each layer, keys before values. */
export function bindLayers(layers: number, viewOf: (layer: number, side: 0 | 1) => DeviceView): CacheBindings {
  const inputs: Record<string, DeviceView> = {};
  const outputs: Record<string, DeviceView> = {};
  for (let layer = 0; layer < layers; layer += 1) {
    const [keys, values] = [viewOf(layer, 0), viewOf(layer, 1)];
    inputs[graphValues.pastKey(layer)] = keys;
    inputs[graphValues.pastValue(layer)] = values;
    outputs[graphValues.presentKey(layer)] = keys;
    outputs[graphValues.presentValue(layer)] = values;
  }
  return { inputs, outputs };
}

/** All rows together, one tensor a layer and side: [rows, keyValueHeads, capacity, headSize]. */
export class SharedKvCache extends KvCache {
  readonly isShared = true;
  readonly isCommittedAtUse = true; // views begin anywhere in memory of this process, whose pages are committed at first use
  #keys: DeviceTensor[] = [];
  #values: DeviceTensor[] = [];
  readonly #bindings = new Map<string, CacheBindings>();

  bind(first: number, count: number): CacheBindings {
    const key = `${first}:${count}`;
    const known = this.#bindings.get(key);
    if (known) return known;
    const { keyValueHeads, headSize, layers } = this.shape;
    const rowElements = keyValueHeads * this.capacity * headSize;
    const dims = [count, keyValueHeads, this.capacity, headSize];
    const bindings = bindLayers(layers, (layer, side) =>
      ((side === 0 ? this.#keys : this.#values)[layer] as DeviceTensor).view(first * rowElements, dims),
    );
    this.#bindings.set(key, bindings);
    return bindings;
  }

  async copyPrefix(source: number, target: number, tokens: number): Promise<void> {
    const { keyValueHeads, headSize } = this.shape;
    const headElements = this.capacity * headSize;
    const plan = {
      count: keyValueHeads,
      blockElements: tokens * headSize,
      sourceOffset: source * keyValueHeads * headElements,
      sourceStride: headElements,
      targetOffset: target * keyValueHeads * headElements,
      targetStride: headElements,
    };
    for (const tensor of [...this.#keys, ...this.#values]) await tensor.copyTo(tensor, plan);
  }

  /** Layer by layer, so that the peak is one tensor above the sum. */
  protected async move(kept: readonly KeptRow[], old: Layout, { rows, capacity }: Layout): Promise<void> {
    const { keyValueHeads, headSize, layers, dtype = 'float32' } = this.shape;
    this.#bindings.clear();
    for (let layer = 0; layer < layers; layer += 1) {
      for (const side of [this.#keys, this.#values]) {
        const made = await this.runtime.allocate(dtype, [rows, keyValueHeads, capacity, headSize]);
        for (const [row, { index, tokens }] of kept.entries()) {
          if (index >= old.rows || tokens === 0) continue; // there is nothing yet
          await side[layer]?.copyTo(made, {
            count: keyValueHeads,
            blockElements: Math.min(tokens, old.capacity) * headSize,
            sourceOffset: index * keyValueHeads * old.capacity * headSize,
            sourceStride: old.capacity * headSize,
            targetOffset: row * keyValueHeads * capacity * headSize,
            targetStride: capacity * headSize,
          });
        }
        side[layer]?.dispose();
        side[layer] = made;
      }
    }
  }

  protected free(): void {
    for (const tensor of [...this.#keys, ...this.#values]) tensor.dispose();
    this.#keys = [];
    this.#values = [];
    this.#bindings.clear();
  }
}
