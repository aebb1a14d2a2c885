import { createHash } from 'node:crypto';
import type { TileInput } from '../../model/vision-encoder.ts';
import { RecentMap } from '../../store/recent-map.ts';

/** Pages whose last answers are kept. */
const maxPages = 32;
/** Answers about the same page: a reading and an object, say. */
const maxAnswers = 2;
/** Characters of one answer: what a draft is looked through for. */
const maxChars = 40_000;
/** Characters of all answers together, 2 MB at most: about as many dense pages as there may be. */
const maxTotalChars = 1_000_000;
/** Shorter answers say too little of a page. */
const minChars = 40;

/**
 * What a model wrote lately about the same pictures: a further answer about them is likely to say the same words. It is kept in memory only, as long as the
 * model is open, and goes nowhere but into candidates for an answer about just these pictures.
 */
export class EarlierAnswers {
  /** By the pictures. */
  readonly #answers = new RecentMap<readonly string[]>({ maxSize: maxTotalChars, maxCount: maxPages });

  /** Answers about just these tiles in this order, the latest first; none without tiles. */
  about(tiles: readonly TileInput[]): readonly string[] {
    return this.#answers.get(keyOf(tiles)) ?? [];
  }

  /** Keeps an answer; those about pages that were asked about longest ago make room. */
  keep(tiles: readonly TileInput[], text: string): void {
    if (tiles.length === 0 || text.length < minChars) return;
    const key = keyOf(tiles);
    const kept = text.slice(0, maxChars);
    const others = (this.#answers.get(key) ?? []).filter((other) => other !== kept);
    const texts = [kept, ...others].slice(0, maxAnswers);
    this.#answers.set(key, texts, countChars(texts));
  }

  /** Forgets everything. */
  clear(): void {
    this.#answers.clear();
  }
}

const countChars = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length, 0);

/** One digest for any number of pictures. */
function keyOf(tiles: readonly TileInput[]): string {
  const hash = createHash('sha256');
  for (const { digest } of tiles) hash.update(digest);
  return hash.digest('base64');
}
