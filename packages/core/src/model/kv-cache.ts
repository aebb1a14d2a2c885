import { graphValues } from '../model-files/manifest.ts';
import type { DeviceTensor, DeviceView, Runtime } from '../runtime/port.ts';

export interface KvCacheShape {
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** No row ever grows beyond this many tokens. */
  readonly contextLength: number;
}

/** Graph values of a run over some rows: each past tensor and the present one that is the same memory. */
export interface CacheBindings {
  readonly inputs: Readonly<Record<string, DeviceView>>;
  readonly outputs: Readonly<Record<string, DeviceView>>;
}

/** Rows grow in steps, so that a long answer does not reallocate at every token. */
const growthTokens = 256;

/**
 * Keys and values of all sequences, one tensor a layer and side: [rows, keyValueHeads, capacity, headSize] float32.
 * Graphs write new positions into it in place; what lies beyond a row's length is never read.
 */
export class KvCache {
  readonly #runtime: Runtime;
  readonly #shape: KvCacheShape;
  #keys: DeviceTensor[] = [];
  #values: DeviceTensor[] = [];
  #rows = 0;
  #capacity = 0;
  readonly #bindings = new Map<string, CacheBindings>();

  constructor(runtime: Runtime, shape: KvCacheShape) {
    this.#runtime = runtime;
    this.#shape = shape;
  }

  get rows(): number {
    return this.#rows;
  }

  get contextLength(): number {
    return this.#shape.contextLength;
  }

  /** Tokens each row can hold now. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Bytes that `tokens` tokens of one row take. */
  bytesFor(tokens: number): number {
    const { layers, keyValueHeads, headSize } = this.#shape;
    return 2 * layers * keyValueHeads * headSize * 4 * this.roundUp(tokens);
  }

  /** `tokens` as the cache would allocate it. */
  roundUp(tokens: number): number {
    return Math.min(this.#shape.contextLength, Math.ceil(tokens / growthTokens) * growthTokens);
  }

  /** Makes room for `rows` rows of `tokens` tokens; what is there stays. Layer by layer, so that the peak is one layer above the sum. */
  async reserve(rows: number, tokens: number): Promise<void> {
    const capacity = Math.max(this.#capacity, this.roundUp(tokens));
    const newRows = Math.max(this.#rows, rows);
    if (capacity === this.#capacity && newRows === this.#rows) return;
    this.#bindings.clear();
    for (let layer = 0; layer < this.#shape.layers; layer += 1) {
      for (const side of [this.#keys, this.#values]) {
        const grown = await this.#grow(side[layer], newRows, capacity);
        side[layer] = grown;
      }
    }
    this.#rows = newRows;
    this.#capacity = capacity;
  }

  async #grow(old: DeviceTensor | undefined, rows: number, capacity: number): Promise<DeviceTensor> {
    const { keyValueHeads, headSize } = this.#shape;
    const grown = await this.#runtime.allocate('float32', [rows, keyValueHeads, capacity, headSize]);
    if (old) {
      await old.copyTo(grown, {
        count: this.#rows * keyValueHeads,
        blockElements: this.#capacity * headSize,
        sourceOffset: 0,
        sourceStride: this.#capacity * headSize,
        targetOffset: 0,
        targetStride: capacity * headSize,
      });
      old.dispose();
    }
    return grown;
  }

  /** Views of `count` rows from `first`, past and present being the same memory. The same object for the same rows, until the cache grows. */
  bind(first: number, count: number): CacheBindings {
    const key = `${first}:${count}`;
    const known = this.#bindings.get(key);
    if (known) return known;
    const { keyValueHeads, headSize, layers } = this.#shape;
    const rowElements = keyValueHeads * this.#capacity * headSize;
    const dims = [count, keyValueHeads, this.#capacity, headSize];
    const inputs: Record<string, DeviceView> = {};
    const outputs: Record<string, DeviceView> = {};
    for (let layer = 0; layer < layers; layer += 1) {
      const keyView = (this.#keys[layer] as DeviceTensor).view(first * rowElements, dims);
      const valueView = (this.#values[layer] as DeviceTensor).view(first * rowElements, dims);
      inputs[graphValues.pastKey(layer)] = keyView;
      inputs[graphValues.pastValue(layer)] = valueView;
      outputs[graphValues.presentKey(layer)] = keyView;
      outputs[graphValues.presentValue(layer)] = valueView;
    }
    const bindings = { inputs, outputs };
    this.#bindings.set(key, bindings);
    return bindings;
  }

  /** Copies the first `tokens` tokens of one row into another. */
  async copyPrefix(source: number, target: number, tokens: number): Promise<void> {
    const { keyValueHeads, headSize } = this.#shape;
    const headElements = this.#capacity * headSize;
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

  /** Gives all memory back; the cache can be used again. */
  release(): void {
    for (const tensor of [...this.#keys, ...this.#values]) tensor.dispose();
    this.#keys = [];
    this.#values = [];
    this.#rows = 0;
    this.#capacity = 0;
    this.#bindings.clear();
  }
}
