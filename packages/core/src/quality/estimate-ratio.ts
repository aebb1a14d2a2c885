import { createSeededRandom } from '../generation/seeded-random.ts';

/** What one page adds to a ratio of sums. */
export interface Share {
  readonly sum: number;
  readonly weight: number;
}

/** A measured value and where it would lie, in 95 of 100 cases, for other pages of the same kind. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 2000;
const seed = 20; // any; fixed, so that the same measurement prints the same interval

/**
 * Sum over sum, with a 95 % interval from drawing whole pages anew: positions of one page depend on each other, so a page counts once,
 * however long it is. With one page the interval says nothing and is infinitely wide.
 */
export function estimateRatio(pages: readonly Share[]): Estimate {
  const value = ratioOf(pages);
  if (pages.length < 2) return { value, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const random = createSeededRandom(seed);
  const drawn = Float64Array.from({ length: resamples }, () =>
    ratioOf(pages.map(() => pages[Math.floor(random() * pages.length)] as Share)),
  ).sort();
  return { value, low: drawn[Math.floor(resamples * 0.025)] as number, high: drawn[Math.ceil(resamples * 0.975) - 1] as number };
}

/**
 * A share of successes. Drawing pages anew knows nothing of failures that did not happen to occur; so the interval is at least as wide as
 * Wilson's for as many independent positions.
 */
export function estimateProportion(pages: readonly Share[]): Estimate {
  const { value, low, high } = estimateRatio(pages);
  const wilson = wilsonInterval(value, total(pages, 'weight'));
  return { value, low: Math.max(0, Math.min(low, wilson.low)), high: Math.min(1, Math.max(high, wilson.high)) };
}

function wilsonInterval(proportion: number, count: number): { readonly low: number; readonly high: number } {
  const z = 1.959964; // 95 %
  const middle = (proportion + z ** 2 / (2 * count)) / (1 + z ** 2 / count);
  const half = (z / (1 + z ** 2 / count)) * Math.sqrt((proportion * (1 - proportion)) / count + z ** 2 / (4 * count ** 2));
  return { low: middle - half, high: middle + half };
}

function ratioOf(pages: readonly Share[]): number {
  return total(pages, 'sum') / total(pages, 'weight');
}

function total(pages: readonly Share[], key: keyof Share): number {
  return pages.reduce((sum, page) => sum + page[key], 0);
}
