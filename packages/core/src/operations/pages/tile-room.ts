import { chooseTileGrid, type TileGrid, tileGridCandidates } from '../../tiles/choose-tile-grid.ts';
import type { PageModel } from '../page-model.ts';

/** How a model cuts what it is shown. */
export interface TileRoom {
  /** Side of a tile in pixels. */
  readonly tileSizePx: number;
  /** Most tiles of a grid, the thumbnail not counted. */
  readonly maxTiles: number;
}

/** The published models', for those that do not say it. */
export const publishedTiles: TileRoom = { tileSizePx: 448, maxTiles: 6 };

/** How a model cuts pictures, by its own word. @throws what opening the model throws */
export async function tilesOf(model: PageModel, signal: AbortSignal | undefined): Promise<TileRoom> {
  const info = await model.info?.(signal === undefined ? {} : { signal });
  return info?.tileSizePx === undefined ? publishedTiles : { tileSizePx: info.tileSizePx, maxTiles: info.maxTiles };
}

/** The grid that a picture of this size is cut by. */
export function gridOf(width: number, height: number, { tileSizePx, maxTiles }: TileRoom): TileGrid {
  return chooseTileGrid(width, height, tileGridCandidates(1, maxTiles), tileSizePx);
}

/** Pixels for the model over those of the picture. */
export function scaleOf(width: number, height: number, room: TileRoom): { readonly x: number; readonly y: number } {
  const { columns, rows } = gridOf(width, height, room);
  return { x: (columns * room.tileSizePx) / width, y: (rows * room.tileSizePx) / height };
}
