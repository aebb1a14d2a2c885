import type { Bounds } from '../geometry.ts';

interface Entry {
  readonly bounds: Bounds;
  readonly index: number;
}

/** Finds those of many rectangles that may lie over another one, without looking at all of them. */
export class BoundsIndex {
  readonly #byTop: readonly Entry[];
  readonly #highest: number;

  constructor(all: readonly Bounds[]) {
    this.#byTop = all.map((bounds, index) => ({ bounds, index })).sort((a, b) => a.bounds.top - b.bounds.top);
    this.#highest = all.reduce((most, { top, bottom }) => Math.max(most, bottom - top), 0);
  }

  /** Calls back with each rectangle that shares rows with `bounds`, and its place in the list. */
  visit(bounds: Bounds, visitor: (other: Bounds, index: number) => void): void {
    for (let at = this.#firstFrom(bounds.top - this.#highest); at < this.#byTop.length; at += 1) {
      const { bounds: other, index } = this.#byTop[at] as Entry;
      if (other.top >= bounds.bottom) return;
      if (other.bottom > bounds.top) visitor(other, index);
    }
  }

  /** The first entry whose top is at `top` or below it on the page. */
  #firstFrom(top: number): number {
    let low = 0;
    let high = this.#byTop.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.#byTop[middle] as Entry;
      if (entry.bounds.top < top) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
