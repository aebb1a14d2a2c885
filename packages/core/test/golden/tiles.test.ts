import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { planTiles, type TileOptions } from '../../src/image/plan-tiles.ts';
import { preprocessImage } from '../../src/image/preprocess-image.ts';
import { patternRaster } from '../helpers/synthetic-image.ts';

// Origin: the reference preprocessing with Pillow 12.3; first 16 hex digits of SHA-256 over each tile's 448 * 448 * 3 RGB bytes. Tolerance: none.
const single: TileOptions = { tileSizePx: 448, minTiles: 1, maxTiles: 6, useThumbnail: true, useMsac: false };
const msac: TileOptions = { ...single, useMsac: true };

const tiles606x1000 =
  'ace19968aea6188c afdf038149952830 2fc5c63ffccc35b2 09eb1ca7e81cfd72 7c04e9d24aa0c6d0 6a151fcb6932b410 1de0e66c2c40e3df';
const tiles2000x500 = 'ebc1f5f8e2155a2b 68f573197373be4f ae4ae59ce6f8dfaf 8e676385353622e3 ece5e77442460dcf';
const tiles800x800 = '41f62301908a858a f37ed50215200706 a61767e7a4a52705 b17f4f257ad07b2e 5bf8abf140ec7a63';

const rows: readonly [number, number, TileOptions, string, string][] = [
  [606, 1000, single, '2x3', tiles606x1000],
  [
    606,
    1000,
    msac,
    '2x3 3x2',
    `cfba94f6e2340d0d 600054f89d9af11f 4d4fdc5583b8d34c b82ea8ba5fc55017 25d0a86f8712ffee fe61ec537d5032d8 ${tiles606x1000}`,
  ],
  [2000, 500, single, '4x1', tiles2000x500],
  [
    2000,
    500,
    msac,
    '4x1 3x2',
    `7807128d6b195e13 086ad1a289a4a83e d77e0b499cc873e3 f85a224dd24d92ff 24bcbfb806df9ccf 0ae581d3644f65d1 ${tiles2000x500}`,
  ],
  [800, 800, single, '2x2', tiles800x800],
  [800, 800, msac, '2x2 1x1', tiles800x800],
  [448, 448, single, '1x1', 'da969bd83be4f138'],
  [448, 448, msac, '1x1 2x2', 'e5313bae57026efa 9f5700d481a5db05 c540150e7542db7e 94f21097fbca42b1 da969bd83be4f138'],
  [
    1280,
    1024,
    single,
    '3x2',
    '34f06d33ce54794c 4122005e01606818 591a87e9d83c66f5 29d6d9cde808c7ec 72e5677f59a6f3d6 5a53d0de0bd56599 18b6c5c08094bbf3',
  ],
  [
    100,
    60,
    single,
    '3x2',
    '431037a8724c565b eceb6f9d767dc554 0bba332add410d4c 76f590ddd2d7b5a1 ae386d8a66ee834c 1b639e0690265384 b2065df39b5208eb',
  ],
];

describe('preprocessImage against the reference', () => {
  test.each(rows)('cuts %i x %i into the same bytes (%o)', async (width, height, options, grids, hashes) => {
    const image = await preprocessImage(patternRaster(width, height), options);
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
