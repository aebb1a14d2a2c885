interface RecentMapOptions {
  /** Most of all sizes together, in whatever unit they are given; 0 keeps nothing. @default no limit */
  readonly maxSize?: number;
  /** @default no limit */
  readonly maxCount?: number;
}

/** Values in memory that were used lately, by key. The one used longest ago makes room; one that is larger than all may be together is not kept. */
export class RecentMap<V> {
  /** In the order of their use: a Map keeps the order of insertion. */
  readonly #entries = new Map<string, { readonly value: V; readonly size: number }>();
  readonly #maxSize: number;
  readonly #maxCount: number;
  #size = 0;

  constructor({ maxSize = Number.POSITIVE_INFINITY, maxCount = Number.POSITIVE_INFINITY }: RecentMapOptions) {
    this.#maxSize = maxSize;
    this.#maxCount = maxCount;
  }

  get(key: string): V | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#entries.delete(key); // to the end: used last
    this.#entries.set(key, found);
    return found.value;
  }

  /** @param size what it counts towards `maxSize`; where that has no limit, it may be left out */
  set(key: string, value: V, size = 1): void {
    this.delete(key);
    if (size > this.#maxSize) return;
    this.#entries.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#maxSize && this.#entries.size <= this.#maxCount) break;
      this.delete(oldest);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#size = 0;
  }

  delete(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }
}
