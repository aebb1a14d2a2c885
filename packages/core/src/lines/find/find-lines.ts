import type { Raster, Region } from '../../tiles/raster.ts';
import { areaOf, type Bounds, boundsOf, sharedArea } from '../geometry.ts';
import type { Networks } from '../networks.ts';
import { BoundsIndex } from './bounds-index.ts';
import { detectOn } from './detect.ts';
import type { FoundBox } from './find-regions.ts';
import { findAtScale } from './strips.ts';
import { untangle } from './untangle.ts';

/** The first look: the long side has this many detector pixels, or the short side `firstShort`, whichever is more; never enlarged. */
const firstLong = 1280;
const firstShort = 640;
/** Below 5 detector pixels letters are not seen at all, below this they come in fragments. */
const smallLetter = 6.6;
const tinyLetter = 5;
/** Boxes of this many detector pixels keep the look that found them. */
const largeLetter = 12;
const enlarge = 1.8;
const enlargeTiny = 2.6;
/** A page on which nothing is found is searched again until this scale: letters of 6 pixels would show. */
const enoughScale = 0.7;
/** Detector pixels of all looks at a page together: about 25 seconds on two cores. A page of 100 million pixels fits. */
const mostSearched = 200e6;
/** A page of small print in columns has 2,000; only patterns have more than this. */
const mostBoxes = 15_000;

/** What was found, and how closely was looked. */
export interface Found {
  readonly boxes: readonly FoundBox[];
  /** Detector pixels a page pixel, of the closest look. */
  readonly scale: number;
  /** Whether a closer look was due and the page is too large for it. */
  readonly isCutShort: boolean;
}

/** Finds the lines of a page: a first look at a moderate scale, and closer ones where letters turn out to be small. */
export async function findLines(page: Raster, networks: Networks): Promise<Found> {
  const budget = { boxesLeft: mostBoxes, isSpent: false };
  const detect = detectOn(page, networks, budget);
  const whole: Region = { left: 0, top: 0, width: page.width, height: page.height };
  const [long, short] = [Math.max(page.width, page.height), Math.min(page.width, page.height)];
  let scale = Math.min(1, Math.max(firstLong / long, firstShort / short));
  let searched = whole.width * whole.height * scale * scale;
  let latest = await findAtScale(detect, whole, scale);
  let boxes: readonly FoundBox[] = latest;
  for (;;) {
    const look = closerLook(latest, scale, whole);
    if (look === undefined || budget.isSpent) return { boxes: untangle(boxes), scale, isCutShort: budget.isSpent };
    searched += look.region.width * look.region.height * look.scale * look.scale;
    if (searched > mostSearched) return { boxes: untangle(boxes), scale, isCutShort: true };
    const factor = look.scale / scale;
    boxes = boxes.map((found) => ({ ...found, letterPx: found.letterPx * factor })); // as it would be at the new scale
    latest = await findAtScale(detect, look.region, look.scale);
    boxes = merge(boxes, latest, look.region);
    scale = look.scale;
  }
}

interface Look {
  readonly region: Region;
  readonly scale: number;
}

/** Whether a closer look is due, and where. */
function closerLook(latest: readonly FoundBox[], scale: number, whole: Region): Look | undefined {
  if (latest.length === 0) return scale >= enoughScale ? undefined : { region: whole, scale: Math.min(1, scale * 2) };
  if (scale >= 1) return undefined;
  const small = latest.filter(({ letterPx }) => letterPx < smallLetter);
  if (small.length < 3 && small.length <= 0.1 * latest.length) return undefined;
  const heights = small.map(({ letterPx }) => letterPx).sort((a, b) => a - b);
  const factor = (heights[heights.length >> 1] as number) <= tinyLetter ? enlargeTiny : enlarge;
  return { region: regionAround(small, 64 / scale, whole), scale: Math.min(1, scale * factor) };
}

/** The rectangle around boxes, with a margin; the whole page where little would be left out. */
function regionAround(boxes: readonly FoundBox[], margin: number, whole: Region): Region {
  let [left, top, right, bottom] = [whole.width, whole.height, 0, 0];
  for (const { box } of boxes) {
    const bounds = boundsOf(box);
    left = Math.max(0, Math.min(left, Math.floor(bounds.left - margin)));
    top = Math.max(0, Math.min(top, Math.floor(bounds.top - margin)));
    right = Math.min(whole.width, Math.max(right, Math.ceil(bounds.right + margin)));
    bottom = Math.min(whole.height, Math.max(bottom, Math.ceil(bounds.bottom + margin)));
  }
  const region = { left, top, width: right - left, height: bottom - top };
  return region.width * region.height < 0.95 * whole.width * whole.height ? region : whole;
}

/** The boxes of the closer look take the place of earlier ones in its region, except of large ones that they do not resolve better. */
function merge(earlier: readonly FoundBox[], closer: readonly FoundBox[], region: Region): FoundBox[] {
  const { left, top } = region;
  const inside: Bounds = { left, top, right: left + region.width, bottom: top + region.height };
  const closerBounds = closer.map(({ box }) => boundsOf(box));
  const closerIndex = new BoundsIndex(closerBounds);
  const kept = earlier.filter((found) => {
    const bounds = boundsOf(found.box);
    if (sharedArea(bounds, inside) <= 0.9 * areaOf(bounds)) return true;
    if (found.letterPx < largeLetter * enlarge) return false;
    return !isResolved(found, bounds, closer, closerIndex);
  });
  const keptIndex = new BoundsIndex(kept.map(({ box }) => boundsOf(box)));
  return [...kept, ...closer.filter((_, index) => isNew(closerBounds[index] as Bounds, keptIndex))];
}

/** Whether lower boxes of the closer look fill much of an earlier one: then it was several lines. */
function isResolved({ letterPx }: FoundBox, bounds: Bounds, closer: readonly FoundBox[], closerIndex: BoundsIndex): boolean {
  let filled = 0;
  closerIndex.visit(bounds, (inner, index) => {
    const isLower = (closer[index] as FoundBox).letterPx < 0.6 * letterPx;
    if (isLower && sharedArea(inner, bounds) > 0.5 * areaOf(inner)) filled += areaOf(inner);
  });
  return filled >= 0.4 * areaOf(bounds);
}

function isNew(bounds: Bounds, kept: BoundsIndex): boolean {
  let covered = 0;
  let holdsAnother = false;
  kept.visit(bounds, (other) => {
    const shared = sharedArea(bounds, other);
    if (shared > 0.5 * areaOf(other)) holdsAnother = true;
    covered += shared;
  });
  return !holdsAnother && covered < 0.6 * areaOf(bounds);
}
