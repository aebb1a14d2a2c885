import { makeRaster, type Raster } from '@h2ovl/core/internal/tiles/raster';

/** The pattern all reference tiles were cut from: R = 7x + 3y, G = 2x + 11y, B = x * y, each modulo 256. */
export function patternRaster(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3);
  let at = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      data[at] = 7 * x + 3 * y;
      data[at + 1] = 2 * x + 11 * y;
      data[at + 2] = x * y;
      at += 3;
    }
  }
  return makeRaster(width, height, data);
}
