import type { Region } from '../../tiles/raster.ts';
import { areaOf, type Bounds, boundsOf, boxOf, sharedArea } from '../geometry.ts';
import type { Detect } from './detect.ts';
import type { FoundBox } from './find-regions.ts';

/** Detector pixels of one run: 1.7 million take about 300 MB, 8.7 million 2.2 to 3.5 GB. */
const mostPixels = 1.7e6;
const longestSide = 1920;
const narrowestStrip = 320;
const overlapPx = 96;
/** Detector pixels: a box that comes this close to a cut was cut. */
const cutEdge = 3;

interface Strip {
  readonly from: number;
  readonly to: number;
}

/** A box of one strip, and how it lies in it. */
interface StripBox extends FoundBox {
  readonly bounds: Bounds;
  readonly strip: number;
  readonly touchesStart: boolean;
  readonly touchesEnd: boolean;
  /** From the middle of the box to the nearer cut, page pixels. */
  readonly depth: number;
}

/** Finds boxes at a scale of any size of region: in one run, or in overlapping strips across the long side. */
export async function findAtScale(detect: Detect, region: Region, scale: number): Promise<FoundBox[]> {
  const isSmall = Math.max(region.width, region.height) * scale <= longestSide;
  return isSmall && fits(region, scale) ? detect(region, scale) : findInStrips(detect, region, scale);
}

const fits = (region: Region, scale: number): boolean => region.width * region.height * scale * scale <= mostPixels * 1.05;

async function findInStrips(detect: Detect, region: Region, scale: number): Promise<FoundBox[]> {
  const isTall = region.height >= region.width;
  // Strips that are too long for one run are cut once more, to this length: the wider they are, the less of them is overlap.
  const across = Math.min(longestSide, (isTall ? region.width : region.height) * scale);
  const size = Math.max(narrowestStrip, Math.min(longestSide, Math.floor(mostPixels / across / 32) * 32));
  const start = isTall ? region.top : region.left;
  const strips = planStrips(isTall ? region.height : region.width, Math.floor(size / scale), overlapPx / scale);
  const boxes: StripBox[] = [];
  for (const [index, { from, to }] of strips.entries()) {
    const part = isTall ? { ...region, top: start + from, height: to - from } : { ...region, left: start + from, width: to - from };
    // A strip of a very large page is itself too large: it is cut the other way.
    const found = fits(part, scale) ? await detect(part, scale) : await findInStrips(detect, part, scale);
    boxes.push(...found.map((box) => placeIn(box, { index, strips, start, isTall, scale })));
  }
  return strips.length === 1 ? boxes : joinAcross(dropDoubles(boxes), isTall);
}

/** Strips of one length that cover everything, evenly spread. */
function planStrips(length: number, size: number, overlap: number): Strip[] {
  if (length <= size) return [{ from: 0, to: length }];
  const count = Math.max(2, Math.ceil((length - overlap) / (size - overlap)));
  const step = (length - size) / (count - 1);
  return Array.from({ length: count }, (_, index) => {
    const from = Math.round(index * step);
    return { from, to: Math.min(length, from + size) };
  });
}

interface StripPlace {
  readonly index: number;
  readonly strips: readonly Strip[];
  readonly start: number;
  readonly isTall: boolean;
  readonly scale: number;
}

function placeIn(found: FoundBox, { index, strips, start, isTall, scale }: StripPlace): StripBox {
  const bounds = boundsOf(found.box);
  const [low, high] = isTall ? [bounds.top, bounds.bottom] : [bounds.left, bounds.right];
  const strip = strips[index] as Strip;
  const [from, to] = [start + strip.from, start + strip.to];
  const grown = (found.letterPx * 0.55) / scale; // what a box was grown by, at least
  const middle = (low + high) / 2;
  const [isFirst, isLast] = [index === 0, index === strips.length - 1];
  return {
    ...found,
    bounds,
    strip: index,
    touchesStart: !isFirst && low + grown < from + cutEdge / scale,
    touchesEnd: !isLast && high - grown > to - cutEdge / scale,
    depth: Math.min(isFirst ? Infinity : middle - from, isLast ? Infinity : to - middle),
  };
}

/** Whole boxes before cut ones, deep ones before shallow ones; what a kept box of the next strip covers by more than half goes. */
function dropDoubles(boxes: readonly StripBox[]): StripBox[] {
  const isCut = ({ touchesStart, touchesEnd }: StripBox): number => (touchesStart || touchesEnd ? 1 : 0);
  const byWorth = [...boxes].sort((a, b) => isCut(a) - isCut(b) || b.depth - a.depth);
  const kept: StripBox[][] = [];
  for (const box of byWorth) {
    let covered = 0;
    for (const strip of [box.strip - 1, box.strip + 1]) {
      for (const other of kept[strip] ?? []) covered += sharedArea(other.bounds, box.bounds);
    }
    if (covered > 0.5 * areaOf(box.bounds)) continue;
    kept[box.strip] ??= [];
    kept[box.strip]?.push(box);
  }
  return kept.flat();
}

/** Joins what goes on in the next strip: both halves touch the cut, or a line runs along the strips' direction and overlaps itself there. */
function joinAcross(boxes: readonly StripBox[], isTall: boolean): FoundBox[] {
  const strips: StripBox[][] = [];
  for (const box of boxes) {
    strips[box.strip] ??= [];
    strips[box.strip]?.push(box);
  }
  const done: FoundBox[] = [];
  for (const [index, strip] of strips.entries()) {
    const next = strips[index + 1] ?? [];
    for (const box of strip ?? []) {
      const at = next.findIndex((other) => goesOn(box, other, isTall));
      if (at === -1) done.push(box);
      else next[at] = joinTwo(box, next[at] as StripBox);
    }
  }
  return done;
}

function goesOn(a: StripBox, b: StripBox, isTall: boolean): boolean {
  const [from, to, otherFrom, otherTo] = isTall
    ? [a.bounds.left, a.bounds.right, b.bounds.left, b.bounds.right]
    : [a.bounds.top, a.bounds.bottom, b.bounds.top, b.bounds.bottom];
  const shared = Math.min(to, otherTo) - Math.max(from, otherFrom);
  const thin = Math.min(to - from, otherTo - otherFrom);
  const thick = Math.max(to - from, otherTo - otherFrom);
  if (shared <= 0.6 * thin) return false;
  if (a.touchesEnd && b.touchesStart) return true;
  const overlap = isTall ? a.bounds.bottom - b.bounds.top : a.bounds.right - b.bounds.left;
  return (runsAlong(a, isTall) || runsAlong(b, isTall)) && overlap > 0.2 * thin && thick < 1.7 * thin;
}

function runsAlong({ bounds }: StripBox, isTall: boolean): boolean {
  const [width, height] = [bounds.right - bounds.left, bounds.bottom - bounds.top];
  return isTall ? height > 2 * width : width > 2 * height;
}

function joinTwo(a: StripBox, b: StripBox): StripBox {
  const bounds = {
    left: Math.min(a.bounds.left, b.bounds.left),
    top: Math.min(a.bounds.top, b.bounds.top),
    right: Math.max(a.bounds.right, b.bounds.right),
    bottom: Math.max(a.bounds.bottom, b.bounds.bottom),
  };
  return { ...b, bounds, box: boxOf(bounds), letterPx: Math.max(a.letterPx, b.letterPx) };
}
