import { VisionError } from '@h2ovl/contract';
import { chooseTileGrid, type TileGrid, tileGridCandidates } from './choose-tile-grid.ts';

/** How a model wants its images cut. */
export interface TileOptions {
  /** Side of a tile in pixels. */
  readonly tileSizePx: number;
  /** Fewest tiles of the first grid, the thumbnail not counted. */
  readonly minTiles: number;
  /** Most tiles of each grid, the thumbnail not counted. */
  readonly maxTiles: number;
  /** Whether an image of several tiles is followed by the whole image in one tile. */
  readonly useThumbnail: boolean;
  /** Whether the image is cut twice, by two grids that do not cut in the same places (multi-scale adaptive cropping). */
  readonly useMsac: boolean;
}

/** Where a tile comes from: the image is resized to the grid's size in tiles, and this one is cut out. */
export interface TilePlace {
  readonly grid: TileGrid;
  readonly column: number;
  readonly row: number;
}

/** What will be cut, known before any pixel is. */
export interface TilePlan {
  /** Tiles in all, the thumbnail counted. */
  readonly tileCount: number;
  /** The grid, or with MSAC the coarse and the fine one. */
  readonly grids: readonly TileGrid[];
  /** One place for each tile, in the order the model reads them. */
  readonly places: readonly TilePlace[];
}

/** The second grid of MSAC has at least this many tiles, whatever the first one has. */
const minFineTiles = 3;

/** Decides how an image of `width` x `height` pixels (after the EXIF turn) is cut. Geometry only: costs microseconds. @throws VisionError INVALID_ARGUMENT */
export function planTiles(width: number, height: number, options: TileOptions): TilePlan {
  checkOptions(width, height, options);
  const { tileSizePx, minTiles, maxTiles } = options;
  const coarse = chooseTileGrid(width, height, tileGridCandidates(minTiles, maxTiles), tileSizePx);
  const coarsePlaces = listPlaces(coarse, options.useThumbnail);
  if (!options.useMsac) return { tileCount: coarsePlaces.length, grids: [coarse], places: coarsePlaces };
  const fineCandidates = tileGridCandidates(minFineTiles, maxTiles).filter(
    (grid) => coarse.columns % grid.columns !== 0 && coarse.rows % grid.rows !== 0,
  );
  const fine = chooseTileGrid(width, height, fineCandidates, tileSizePx);
  const finePlaces = listPlaces(fine, options.useThumbnail);
  // Each list loses its last tile, thumbnail or not, and the fine one's closes the whole: the order the 2B was trained on.
  const places = [...finePlaces.slice(0, -1), ...coarsePlaces.slice(0, -1), ...finePlaces.slice(-1)];
  return { tileCount: places.length, grids: [coarse, fine], places };
}

function listPlaces(grid: TileGrid, useThumbnail: boolean): TilePlace[] {
  const places: TilePlace[] = [];
  for (let row = 0; row < grid.rows; row += 1) {
    for (let column = 0; column < grid.columns; column += 1) places.push({ grid, column, row });
  }
  if (useThumbnail && places.length > 1) places.push({ grid: { columns: 1, rows: 1 }, column: 0, row: 0 });
  return places;
}

function checkOptions(width: number, height: number, { tileSizePx, minTiles, maxTiles }: TileOptions): void {
  for (const [name, value] of Object.entries({ width, height, tileSizePx, minTiles, maxTiles })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new VisionError('INVALID_ARGUMENT', `${name} is a whole number from 1 up, not ${value}.`);
    }
  }
  if (minTiles > maxTiles) {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `At most ${maxTiles} tiles were asked for; this model cuts an image into at least ${minTiles}.`,
      {
        hint: `Allow ${minTiles} tiles or more.`,
      },
    );
  }
}
