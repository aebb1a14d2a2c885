import { createHash } from 'node:crypto';
import type { TileOptions } from '../tiles/plan-tiles.ts';
import { preprocessImage } from '../tiles/preprocess-image.ts';
import type { Raster } from '../tiles/raster.ts';

/** A page whose pixels follow from their place: lines and slopes at several sizes, without any document. */
export function drawnPage(width = 1000, height = 1414): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 3;
      data[at] = (x * 7 + y * 3) & 255;
      data[at + 1] = ((x >> 3) ^ (y >> 2)) & 255;
      data[at + 2] = (x * y) & 255;
    }
  }
  return { width, height, data };
}

/** One SHA-256 over all tiles of the drawn page. */
export async function hashTiles(options: TileOptions, signal: AbortSignal): Promise<string> {
  const { tiles } = await preprocessImage(drawnPage(), options, signal);
  const hash = createHash('sha256');
  for (const tile of tiles) hash.update(tile);
  return hash.digest('hex');
}
