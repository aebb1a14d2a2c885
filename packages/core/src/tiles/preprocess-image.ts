import type { TileGrid } from './choose-tile-grid.ts';
import { cutTiles } from './cut-tiles.ts';
import { planTiles, type TileOptions } from './plan-tiles.ts';
import type { Raster } from './raster.ts';

/** What the model gets to see of one image. */
export interface PreprocessedImage {
  /** One [tileSizePx, tileSizePx, 3] block of RGB bytes for each tile, in the order the model reads them. */
  readonly tiles: readonly Uint8Array[];
  /** The grid, or with MSAC the coarse and the fine one. */
  readonly grids: readonly TileGrid[];
}

/**
 * Cuts an image into tiles exactly as the model's reference code does: grid by aspect ratio, bicubic resize, tiles, thumbnail, MSAC.
 * Gives other work a turn about every 8 ms. @throws VisionError INVALID_ARGUMENT; the signal's reason when aborted
 */
export async function preprocessImage(raster: Raster, options: TileOptions, signal?: AbortSignal): Promise<PreprocessedImage> {
  const plan = planTiles(raster.width, raster.height, options);
  const tiles = await cutTiles(raster, plan.places, { tileSizePx: options.tileSizePx, signal });
  return { tiles, grids: plan.grids };
}
