import type { PageLines } from '@h2ovl/contract';
import { type Bounds, boundsOf } from '../../lines/geometry.ts';
import type { Raster } from '../../tiles/raster.ts';

/** Where a line stands on a page that is upright. */
export interface LinePlace extends Bounds {
  readonly letters: number;
  /** Of the line itself, across the writing, in pixels; a slanted line's bounds are higher. */
  readonly height: number;
}

/** Fewer letters and digits say little about how small the print of a page is: marks and page numbers. */
const fewestLetters = 3;
/** Brightness of 255 between the darkest and the lightest pixel of a row that is called blank. */
const blankContrast = 24;
/** Pixels: less is a rule or a speck. */
const lowestRow = 5;

export function placesOf({ lines }: PageLines): readonly LinePlace[] {
  return lines.map(({ text, box, height }) => ({ ...boundsOf(box), height, letters: text.match(/[\p{L}\p{N}]/gu)?.length ?? 0 }));
}

/** Height of the smallest line in pixels, without what is hardly a line; undefined where there is none. */
export function smallestOf(places: readonly LinePlace[]): number | undefined {
  const heights = places.filter(({ letters }) => letters >= fewestLetters).map(({ height }) => height);
  return heights.length === 0 ? undefined : Math.min(...heights);
}

/** What stands between rows of pixels that are blank from edge to edge: lines of a page that nobody has read. */
export function placesByRows({ width, height, data }: Raster): readonly LinePlace[] {
  const places: LinePlace[] = [];
  let top: number | undefined;
  for (let y = 0; y <= height; y += 1) {
    const isBlank = y === height || isBlankRow(data, y * width * 3, width);
    if (!isBlank && top === undefined) top = y;
    if (!isBlank || top === undefined) continue;
    if (y - top >= lowestRow) places.push({ left: 0, right: width, top, bottom: y, height: y - top, letters: fewestLetters });
    top = undefined;
  }
  return places;
}

function isBlankRow(data: Uint8Array, from: number, width: number): boolean {
  let [darkest, lightest] = [255, 0];
  for (let at = from + 1, end = from + width * 3; at < end; at += 3) {
    const value = data[at] as number; // green: most of what is seen as brightness
    if (value < darkest) darkest = value;
    if (value > lightest) lightest = value;
  }
  return lightest - darkest < blankContrast;
}
