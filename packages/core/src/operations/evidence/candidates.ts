import type { EvidencePlace, TextLine } from '@h2ovl/contract';
import type { Bounds } from '../../lines/geometry.ts';
import { type LocatedValue, locate } from '../../lines/locate/locate.ts';
import { findLabel, type RatedLabel } from './find-label.ts';
import type { ExtractedValue } from './list-values.ts';
import type { PageLayout } from './page-layout.ts';

/** A place where a value stands, with what speaks for it. */
export interface Candidate {
  readonly place: EvidencePlace;
  readonly bounds: Bounds;
  /** Middle, in the frame of the text. */
  readonly x: number;
  readonly y: number;
  readonly label: RatedLabel;
}

/** A value and the places it may have been taken from. */
export interface LocatedField {
  readonly value: ExtractedValue;
  readonly match: LocatedValue['match'];
  readonly candidates: readonly Candidate[];
  /** How much its places say about the row it stands on: short values stand anywhere. */
  readonly weight: number;
}

/** The values of one entry of a list. */
export type LocatedEntry = readonly LocatedField[];

/** Letters of one look; longer values are looked for in parts. */
const longestPart = 400;
/** Places of one value that are looked at; a figure of a dense table stands in fewer. */
const mostPlaces = 200;

/** Looks for a value on the page. */
export function findCandidates(value: ExtractedValue, lines: readonly TextLine[], layout: PageLayout): LocatedField {
  const { match, places } = locateWhole(value.value, lines);
  const isListed = value.entry !== undefined;
  const candidates = places
    .filter(({ text }) => !isWithinCode(value.value, text))
    .slice(0, mostPlaces)
    .map(({ boxes, text }): Candidate => {
      const bounds = layout.boundsOf(boxes);
      const [x, y] = [(bounds.left + bounds.right) / 2, (bounds.top + bounds.bottom) / 2];
      return { place: { boxes, text }, bounds, x, y, label: findLabel(layout, bounds, value.names, isListed) };
    });
  const length = String(value.value).length;
  const weight = length / (length + 3) / Math.max(1, Math.sqrt(candidates.length));
  return { value, match: match === 'none' && value.isListed ? 'not-judged' : match, candidates, weight };
}

/** The 5 of a C5 is no number: digits of fewer letters than a price stand by themselves, with what they count behind them at most. */
function isWithinCode(value: string | number, text: string): boolean {
  return /^\d{1,3}$/.test(String(value)) && !/^[^\p{L}\p{N}]*x?\s?\d/iu.test(text);
}

/** Long texts are found where all of their parts are; the places are those of the first. */
function locateWhole(value: string | number, lines: readonly TextLine[]): LocatedValue {
  if (typeof value === 'number' || value.length <= longestPart) return locate(value, lines);
  const parts: LocatedValue[] = [];
  for (let from = 0; from < value.length; ) {
    const blank = value.lastIndexOf(' ', from + longestPart);
    const to = value.length - from <= longestPart ? value.length : blank > from ? blank : from + longestPart;
    parts.push(locate(value.slice(from, to), lines));
    from = to;
  }
  const worst = (['none', 'not-judged', 'near', 'exact'] as const).find((match) => parts.some((part) => part.match === match)) ?? 'none';
  const isFound = worst === 'exact' || worst === 'near';
  return { match: worst, places: isFound ? (parts[0]?.places ?? []) : [] };
}
