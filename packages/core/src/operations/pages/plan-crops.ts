import type { PageCrop, PageSize } from '@h2ovl/contract';
import { cutRows } from './cut-rows.ts';
import { type LinePlace, smallestOf } from './line-places.ts';
import { type Block, splitBlocks } from './split-blocks.ts';
import { scaleOf, type TileRoom } from './tile-room.ts';

/** Height in the model's pixels that the smallest line of a part is given. */
export const goodLinePx = 24;
/** Below this height readings begin to break. */
export const smallLinePx = 16;
/** Of all letters: where more of them stand in lines that are too small, a page is read in parts. */
const smallShare = 0.05;
/** Parts must show lines larger by this much to be worth their time. */
const worthwhile = 1.2;

/** A part of a page that is shown by itself. */
export interface PlannedCrop {
  readonly region: PageCrop;
  /** The height it is padded to, so that its tiles are neither squeezed nor fewer than planned. */
  readonly paddedHeight: number;
  /** Whether its first lines are the last ones of the part before. */
  readonly overlaps: boolean;
}

/** Whether, shown as a whole, so many of a page's letters would be too small that parts are worth it. */
export function wantsCrops(places: readonly LinePlace[], size: PageSize, room: TileRoom): boolean {
  const { x, y } = scaleOf(size.width, size.height, room);
  const letters = places.reduce((sum, line) => sum + line.letters, 0);
  const small = places.filter(({ height }) => height * Math.min(x, y) < smallLinePx).reduce((sum, line) => sum + line.letters, 0);
  if (letters === 0 || small <= smallShare * letters) return false;
  const crops = planCrops(places, size, room);
  const least = Math.min(...crops.map(({ region, paddedHeight }) => scaleOf(region.width, paddedHeight, room).x));
  return crops.length > 1 && least >= worthwhile * Math.min(x, y);
}

/**
 * The parts of a page, in reading order, cut between its lines. Each is as large as its tiles allow while its smallest line keeps a height that can be read;
 * a page that is wider than that is shown smaller.
 */
export function planCrops(places: readonly LinePlace[], { width, height }: PageSize, room: TileRoom): readonly PlannedCrop[] {
  if (places.length === 0) return [{ region: { left: 0, top: 0, width, height }, paddedHeight: height, overlaps: false }];
  return splitBlocks(places, width).flatMap((block) => cropsOf(block, { width, height }, room));
}

function cropsOf({ left, right, lines }: Block, page: PageSize, room: TileRoom): PlannedCrop[] {
  const smallest = smallestOf(lines) ?? Math.min(...lines.map(({ height }) => height));
  const margin = Math.max(...lines.map(({ height }) => height));
  const [from, to] = [Math.max(0, Math.floor(left - margin / 2)), Math.min(page.width, Math.ceil(right + margin / 2))];
  const top = Math.max(0, Math.floor(Math.min(...lines.map((line) => line.top)) - margin));
  const bottom = Math.min(page.height, Math.ceil(Math.max(...lines.map((line) => line.bottom)) + margin));
  const width = to - from;
  const columns = columnsFor(width * (goodLinePx / smallest), room);
  const tile = width / columns; // pixels of the page to a side
  const most = Math.max(1, Math.floor(Math.floor(room.maxTiles / columns) * tile));
  return cutRows(lines, top, bottom, most)
    .filter((cut) => lines.some((line) => line.bottom > cut.top && line.top < cut.bottom))
    .map((cut) => {
      const region = { left: from, top: cut.top, width, height: cut.bottom - cut.top };
      return { region, paddedHeight: padFor(region, columns, room), overlaps: cut.overlaps };
    });
}

/** Tiles across. */
function columnsFor(pixels: number, { tileSizePx, maxTiles }: TileRoom): number {
  return Math.min(maxTiles, Math.max(1, Math.ceil(pixels / tileSizePx - 0.05)));
}

/** The least height whose grid has the planned tiles across: grids are chosen by their shape alone. */
function padFor({ width, height }: PageCrop, columns: number, room: TileRoom): number {
  const rows = Math.floor(room.maxTiles / columns);
  for (let row = 1; row <= rows; row += 1) {
    const padded = Math.round((row * width) / columns);
    if (padded >= height && scaleOf(width, padded, room).x >= 0.99 * ((columns * room.tileSizePx) / width)) return padded;
  }
  return Math.max(height, Math.round((rows * width) / columns));
}
