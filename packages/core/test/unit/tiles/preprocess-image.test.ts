import { describe, expect, test } from 'vitest';
import { patternRaster } from '../../../../dev/src/testing/synthetic-image.ts';
import type { TileOptions } from '../../../src/tiles/plan-tiles.ts';
import { preprocessImage } from '../../../src/tiles/preprocess-image.ts';
import { makeRaster } from '../../../src/tiles/raster.ts';

const options: TileOptions = { tileSizePx: 2, minTiles: 1, maxTiles: 2, useThumbnail: false, useMsac: false };

describe('preprocessImage', () => {
  // 4 x 2 pixels, numbered; a grid of 2 x 1 tiles of 2 pixels needs no resize.
  const numbered = makeRaster(
    4,
    2,
    Uint8Array.from({ length: 24 }, (_, index) => Math.trunc(index / 3)),
  );
  const pixels = (tile: Uint8Array | undefined): number[] => [...(tile ?? [])].filter((_, index) => index % 3 === 0);

  test('cuts tiles from left to right', async () => {
    const { tiles, grids } = await preprocessImage(numbered, options);
    expect(grids).toEqual([{ columns: 2, rows: 1 }]);
    expect(tiles.map(pixels)).toEqual([
      [0, 1, 4, 5],
      [2, 3, 6, 7],
    ]);
  });

  test('cuts tiles from top to bottom', async () => {
    const { tiles } = await preprocessImage(makeRaster(2, 4, numbered.data), options);
    expect(tiles.map(pixels)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
    ]);
  });

  test('puts the whole image, resized, behind them', async () => {
    const { tiles } = await preprocessImage(makeRaster(4, 2, new Uint8Array(24).fill(9)), { ...options, useThumbnail: true });
    expect(tiles.map(pixels)).toEqual(Array(3).fill([9, 9, 9, 9]));
  });

  test('reads one pixel, and a line of 3,000', async () => {
    expect((await preprocessImage(makeRaster(1, 1, Uint8Array.of(1, 2, 3)), options)).tiles.map((tile) => [...tile])).toEqual([
      [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3],
    ]);
    const line = makeRaster(1, 3000, new Uint8Array(9000).fill(50));
    expect((await preprocessImage(line, options)).tiles.map(pixels)).toEqual(Array(2).fill([50, 50, 50, 50]));
  });

  test('rejects with the reason when aborted before and during the work', async () => {
    const reason = new Error('enough');
    await expect(preprocessImage(numbered, options, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const work = preprocessImage(patternRaster(1500, 1500), { ...options, tileSizePx: 448 }, controller.signal);
    setTimeout(() => controller.abort(reason), 1);
    await expect(work).rejects.toBe(reason);
  });

  test('refuses options that make no plan', async () => {
    await expect(preprocessImage(numbered, { ...options, maxTiles: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
