import { RecentMap } from '../store/recent-map.ts';

/** As many as 256 large pages have; a tile seen before that gets another number, and is read again. */
const maxKnown = 4096;

/**
 * Small numbers for the digests of tiles, so that a position of a prompt can be told by one exact number. Two tiles share a number only when
 * their whole digests are equal; a number is never given twice.
 */
export class TileIdentities {
  readonly #numbers = new RecentMap<number>({ maxCount: maxKnown });
  #next = 0;

  /** The number of a digest, the same as long as it is among those seen lately. */
  numberOf(digest: string): number {
    const number = this.#numbers.get(digest) ?? this.#next++;
    this.#numbers.set(digest, number);
    return number;
  }
}
