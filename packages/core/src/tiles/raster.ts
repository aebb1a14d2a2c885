import { VisionError } from '@h2ovl/contract';

/** Pixels in memory: 8-bit RGB, row-major, no padding. */
export interface Raster {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** [height, width, 3] */
  readonly data: Uint8Array;
}

/** A rectangle of whole pixels on a page. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Wraps `data` (not copied) as a raster. @throws VisionError INVALID_ARGUMENT when the sides are not positive integers or do not match the data. */
export function makeRaster(width: number, height: number, data: Uint8Array): Raster {
  if (!Number.isSafeInteger(width) || !Number.isSafeInteger(height) || width < 1 || height < 1) {
    throw new VisionError('INVALID_ARGUMENT', `A raster has sides of at least 1 whole pixel, not ${width} x ${height}.`);
  }
  if (data.length !== width * height * 3) {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `A raster of ${width} x ${height} pixels holds ${width * height * 3} bytes of RGB, not ${data.length}.`,
      { hint: 'Pass 3 bytes a pixel, row after row, without alpha or padding.' },
    );
  }
  return { width, height, data };
}
