import { chooseTileGrid, type TileGrid, tileGridCandidates } from '../../tiles/choose-tile-grid.ts';

/** How a model cuts what it is shown. */
export interface TileRoom {
  /** Side of a tile in pixels. */
  readonly tileSizePx: number;
  /** Most tiles of a grid, the thumbnail not counted. */
  readonly maxTiles: number;
}

/** The published models', for those that do not say it. */
export const publishedTiles: TileRoom = { tileSizePx: 448, maxTiles: 6 };

/** The grid that a picture of this size is cut by. */
export function gridOf(width: number, height: number, { tileSizePx, maxTiles }: TileRoom): TileGrid {
  return chooseTileGrid(width, height, tileGridCandidates(1, maxTiles), tileSizePx);
}

/** Pixels for the model over those of the picture. */
export function scaleOf(width: number, height: number, room: TileRoom): { readonly x: number; readonly y: number } {
  const { columns, rows } = gridOf(width, height, room);
  return { x: (columns * room.tileSizePx) / width, y: (rows * room.tileSizePx) / height };
}
