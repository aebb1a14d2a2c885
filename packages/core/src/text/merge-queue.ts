/** Ranks and positions share one number: the position takes the low 32 bits, which leaves 21 bits for the rank. */
const rankFactor = 2 ** 32;

/** A priority queue of possible merges: lowest rank first, leftmost on ties. The popped entry is in `left` and `length`. */
export class MergeQueue {
  /** Index of the popped entry's left symbol. */
  left = -1;
  /** Text length of the popped entry's two symbols together. */
  length = 0;

  readonly #keys: Float64Array;
  readonly #lengths: Int32Array;
  #size = 0;

  /** `symbols`: how many the text starts with. Each pair enters once and each merge adds at most two more, so 3 per symbol always fit. */
  constructor(symbols: number) {
    this.#keys = new Float64Array(3 * symbols);
    this.#lengths = new Int32Array(3 * symbols);
  }

  push(rank: number, left: number, length: number): void {
    const keys = this.#keys;
    const key = rank * rankFactor + left;
    let hole = this.#size;
    this.#size += 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if ((keys[parent] as number) <= key) break;
      this.#move(parent, hole);
      hole = parent;
    }
    keys[hole] = key;
    this.#lengths[hole] = length;
  }

  /** Takes the best entry out; false when there is none. */
  pop(): boolean {
    if (this.#size === 0) return false;
    const keys = this.#keys;
    this.left = (keys[0] as number) % rankFactor;
    this.length = this.#lengths[0] as number;
    this.#size -= 1;
    const last = this.#size;
    const key = keys[last] as number;
    const length = this.#lengths[last] as number;
    let hole = 0;
    for (let child = 1; child < last; child = 2 * hole + 1) {
      if (child + 1 < last && (keys[child + 1] as number) < (keys[child] as number)) child += 1;
      if ((keys[child] as number) >= key) break;
      this.#move(child, hole);
      hole = child;
    }
    keys[hole] = key;
    this.#lengths[hole] = length;
    return true;
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#keys[from] as number;
    this.#lengths[to] = this.#lengths[from] as number;
  }
}
