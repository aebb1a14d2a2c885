import type { LinePlace } from './line-places.ts';

/** A part of a column of lines, in pixels down the page. */
export interface Cut {
  readonly top: number;
  readonly bottom: number;
  /** Whether it begins with lines that the part above ends with, since no place between lines was near enough. */
  readonly overlaps: boolean;
}

/** Boxes reach a little beyond the letters. */
const boxSlack = 0.1;
/** A part has at least this share of the height it may have. */
const leastShare = 0.35;
/** Where a line has to be cut, the next part begins so many times the highest line before. */
const overlapLines = 2.2;

/** Cuts lines into parts of about equal height, at most `most` pixels each, between lines wherever that can be done. */
export function cutRows(lines: readonly LinePlace[], top: number, bottom: number, most: number): readonly Cut[] {
  const gaps = gapsBetween(lines);
  const cuts: Cut[] = [];
  let from = top;
  let overlaps = false;
  while (bottom - from > most) {
    const parts = Math.ceil((bottom - from) / most);
    const wanted = from + (bottom - from) / parts;
    const gap = nearest(gaps, wanted, from + leastShare * most, from + most);
    if (gap !== undefined) {
      cuts.push({ top: from, bottom: gap, overlaps });
      [from, overlaps] = [gap, false];
      continue;
    }
    const end = Math.floor(from + most);
    cuts.push({ top: from, bottom: end, overlaps });
    const highest = Math.max(1, ...lines.filter((line) => line.bottom > end - most / 2 && line.top < end).map(({ height }) => height));
    [from, overlaps] = [Math.floor(Math.max(end - overlapLines * highest, end - most / 2)), true];
  }
  cuts.push({ top: from, bottom, overlaps });
  return cuts;
}

/** Middles of the stretches that no line stands in, from top to bottom. */
function gapsBetween(lines: readonly LinePlace[]): readonly number[] {
  const spans = lines
    .map(({ top, bottom }) => ({ top: top + boxSlack * (bottom - top), bottom: bottom - boxSlack * (bottom - top) }))
    .sort((a, b) => a.top - b.top);
  const gaps: number[] = [];
  let end: number | undefined;
  for (const span of spans) {
    if (end !== undefined && span.top > end) gaps.push(Math.round((end + span.top) / 2));
    end = Math.max(end ?? span.bottom, span.bottom);
  }
  return gaps;
}

function nearest(gaps: readonly number[], wanted: number, least: number, most: number): number | undefined {
  let best: number | undefined;
  for (const gap of gaps) {
    if (gap < least || gap > most) continue;
    if (best === undefined || Math.abs(gap - wanted) < Math.abs(best - wanted)) best = gap;
  }
  return best;
}
