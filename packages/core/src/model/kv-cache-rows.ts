import type { DeviceTensor } from '../runtime/port.ts';
import { bindLayers, type CacheBindings, type KeptRow, KvCache, type Layout } from './kv-cache.ts';

/** One row: a tensor [1, keyValueHeads, capacity, headSize] for the keys of each layer, and one for its values. */
interface CacheRow {
  readonly tensors: DeviceTensor[];
  bindings: CacheBindings | undefined;
}

/** Each row in tensors of its own, for runtimes that bind a tensor from its start only. Rows change places without a copy. */
export class SeparateKvCache extends KvCache {
  readonly isShared = false;
  readonly isCommittedAtUse = false; // a device takes the memory at once
  #slots: CacheRow[] = [];

  bind(first: number, count: number): CacheBindings {
    const row = this.#slots[first];
    if (count !== 1 || row === undefined) throw new Error('A run works on one row that has room.');
    const dims = this.#dims(this.capacity);
    row.bindings ??= bindLayers(this.shape.layers, (layer, side) => (row.tensors[2 * layer + side] as DeviceTensor).view(0, dims));
    return row.bindings;
  }

  async copyPrefix(source: number, target: number, tokens: number): Promise<void> {
    if (tokens === 0) return; // the row they were in may be gone by now
    const [from, to] = [this.#slots[source], this.#slots[target]];
    if (from === undefined || to === undefined) throw new Error('Both rows have room when one is copied.');
    for (const [at, tensor] of from.tensors.entries()) {
      await this.#copy(tensor, to.tensors[at] as DeviceTensor, { from: this.capacity, to: this.capacity, tokens });
    }
  }

  protected async move(kept: readonly KeptRow[], old: Layout, { rows, capacity }: Layout): Promise<void> {
    const before = this.#slots;
    const stays = new Set(kept.map(({ index }) => index));
    for (const [index, row] of before.entries()) if (!stays.has(index)) freeRow(row);
    this.#slots = [];
    for (const { index, tokens } of kept) {
      const row = before[index];
      const next: CacheRow = row ?? { tensors: [], bindings: undefined };
      this.#slots.push(next);
      if (row !== undefined && old.capacity !== capacity) await this.#resize(row, { from: old.capacity, to: capacity, tokens });
      else if (row === undefined) await this.#fill(next, capacity);
    }
    while (this.#slots.length < rows) {
      const row: CacheRow = { tensors: [], bindings: undefined };
      this.#slots.push(row); // first, so that what is allocated of it is freed when the rest fails
      await this.#fill(row, capacity);
    }
  }

  protected free(): void {
    for (const row of this.#slots) freeRow(row);
    this.#slots = [];
  }

  #dims(capacity: number): readonly number[] {
    return [1, this.shape.keyValueHeads, capacity, this.shape.headSize];
  }

  async #fill(row: CacheRow, capacity: number): Promise<void> {
    const { layers, dtype = 'float32' } = this.shape;
    while (row.tensors.length < 2 * layers) row.tensors.push(await this.runtime.allocate(dtype, this.#dims(capacity)));
  }

  /** Tensor by tensor, so that the peak is one of them above the sum. */
  async #resize(row: CacheRow, plan: CopyPlan): Promise<void> {
    const { dtype = 'float32' } = this.shape;
    row.bindings = undefined;
    for (const [at, tensor] of row.tensors.entries()) {
      const made = await this.runtime.allocate(dtype, this.#dims(plan.to));
      row.tensors[at] = made;
      try {
        if (plan.tokens > 0) await this.#copy(tensor, made, plan);
      } finally {
        tensor.dispose();
      }
    }
  }

  #copy(source: DeviceTensor, target: DeviceTensor, { from, to, tokens }: CopyPlan): Promise<void> {
    const { keyValueHeads, headSize } = this.shape;
    return source.copyTo(target, {
      count: keyValueHeads,
      blockElements: Math.min(tokens, from, to) * headSize,
      sourceOffset: 0,
      sourceStride: from * headSize,
      targetOffset: 0,
      targetStride: to * headSize,
    });
  }
}

/** Capacities of both sides, and the tokens that count. */
interface CopyPlan {
  readonly from: number;
  readonly to: number;
  readonly tokens: number;
}

function freeRow(row: CacheRow): void {
  for (const tensor of row.tensors) tensor.dispose();
  row.tensors.length = 0;
  row.bindings = undefined;
}
