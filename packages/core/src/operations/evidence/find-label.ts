import type { Bounds } from '../../lines/geometry.ts';
import { rateLabel } from './label-words.ts';
import type { PageLayout, PlacedWords } from './page-layout.ts';

/** What names a value at a place, and how well: 0 to 1. */
export interface RatedLabel {
  readonly words: PlacedWords | undefined;
  readonly rate: number;
}

/** Each group of words farther away counts for less. */
const perGroup = 0.1;
/** A label above names a value a little less than one beside it. */
const aboveShare = 0.9;
/** Groups that are looked at to the left and above. */
const mostGroups = 4;

/**
 * The words left of a place or above it that say best what the value is called; where none does, what ends in a colon.
 * @param isListed whether the value stands in a list: its label is then the head of its column, however far above
 */
export function findLabel(layout: PageLayout, place: Bounds, names: readonly (readonly string[])[], isListed: boolean): RatedLabel {
  const left = layout.leftOf(place).slice(0, mostGroups);
  const above = layout.above(place);
  const near = above.filter((words) => layout.isClose(words, place)).slice(0, 2);
  const rated = [
    ...left.map((words, index) => ({ words, rate: rateLabel(names, words.text) * (1 - perGroup * index) })),
    ...(isListed ? above : near).map((words, index) => ({
      words,
      rate: rateLabel(names, words.text) * aboveShare * (isListed ? 1 : 1 - perGroup * index),
    })),
  ];
  const best = rated.reduce<RatedLabel>((a, b) => (b.rate > a.rate ? b : a), { words: undefined, rate: 0 });
  if (best.rate > 0) return best;
  const named = isListed ? undefined : [left[0], near[0]].find((words) => words?.text.trim().endsWith(':') === true);
  return { words: named, rate: 0 };
}
