import type { TilePlace } from './plan-tiles.ts';
import type { Raster } from './raster.ts';
import { resizeBicubic } from './resize-bicubic.ts';

/** What cutting needs beside the image and the places. */
export interface CutOptions {
  /** Side of a tile in pixels. */
  readonly tileSizePx: number;
  /** Stops the work between rows; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Cuts one tile for each place, in order; each holds [tileSizePx, tileSizePx, 3] bytes of RGB. Every grid is resized once, from the original image. */
export async function cutTiles(raster: Raster, places: readonly TilePlace[], { tileSizePx, signal }: CutOptions): Promise<Uint8Array[]> {
  const resizedByGrid = new Map<string, Raster>();
  const tiles: Uint8Array[] = [];
  for (const { grid, column, row } of places) {
    const key = `${grid.columns}x${grid.rows}`;
    let resized = resizedByGrid.get(key);
    if (resized === undefined) {
      resized = await resizeBicubic(raster, grid.columns * tileSizePx, grid.rows * tileSizePx, { signal });
      resizedByGrid.set(key, resized);
    }
    tiles.push(cutTile(resized, column * tileSizePx, row * tileSizePx, tileSizePx));
  }
  return tiles;
}

function cutTile(raster: Raster, left: number, top: number, tileSizePx: number): Uint8Array {
  const tile = new Uint8Array(tileSizePx * tileSizePx * 3);
  for (let row = 0; row < tileSizePx; row += 1) {
    const from = ((top + row) * raster.width + left) * 3;
    tile.set(raster.data.subarray(from, from + tileSizePx * 3), row * tileSizePx * 3);
  }
  return tile;
}
