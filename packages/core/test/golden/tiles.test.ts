import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { tileHashes } from '../../../dev/src/reference/tile-hashes.ts';
import { patternRaster } from '../../../dev/src/testing/synthetic-image.ts';
import { planTiles, type TileOptions } from '../../src/tiles/plan-tiles.ts';
import { preprocessImage } from '../../src/tiles/preprocess-image.ts';

const single: TileOptions = { tileSizePx: 448, minTiles: 1, maxTiles: 6, useThumbnail: true, useMsac: false };
const msac: TileOptions = { ...single, useMsac: true };

describe('preprocessImage against the reference', () => {
  test.each(tileHashes)('cuts $width x $height into the same bytes ($mode)', async ({ width, height, mode, grids, hashes }) => {
    const image = await preprocessImage(patternRaster(width, height), mode === 'msac' ? msac : single);
    expect(image.grids.map((grid) => `${grid.columns}x${grid.rows}`).join(' ')).toBe(grids);
    expect(image.tiles.map((tile) => createHash('sha256').update(tile).digest('hex').slice(0, 16)).join(' ')).toBe(hashes);
  });
});

describe('planTiles against the reference', () => {
  // width x height, coarse grid, tiles without MSAC | with MSAC; the last two come from an independent C++ implementation.
  const vectors = `300x300 1x1 1|5; 633x633 1x1 1|5; 634x634 2x2 5|5; 640x480 3x2 7|13; 1920x1080 2x1 3|9; 1080x1920 1x2 3|9; 1240x1754 2x3 7|13;
    850x1100 2x3 7|13; 1200x400 3x1 4|8; 1600x300 5x1 6|12; 600x100 6x1 7|7; 5000x100 6x1 7|7; 2500x1000 3x1 4|8; 700x280 2x1 3|9; 1750x1000 3x2 7|13;
    700x400 2x1 3|9; 1x1 1x1 1|5; 640x512 1x1 1|5; 1280x1024 3x2 7|13; 606x1000 2x3 7|13; 1000x606 3x2 7|13; 448x448 1x1 1|5; 2000x500 4x1 5|11`;

  test.each(vectors.split(';').map((vector) => vector.trim()))('%s', (vector) => {
    const [size = '', grid, counts] = vector.split(' ');
    const [width = 0, height = 0] = size.split('x').map(Number);
    const plan = planTiles(width, height, single);
    expect(`${plan.grids[0]?.columns}x${plan.grids[0]?.rows}`).toBe(grid);
    expect(`${plan.tileCount}|${planTiles(width, height, msac).tileCount}`).toBe(counts);
  });
});
