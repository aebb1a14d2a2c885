import { describe, expect, test } from 'vitest';
import { planTiles, type TileOptions } from '../../../src/tiles/plan-tiles.ts';

const options: TileOptions = { tileSizePx: 448, minTiles: 1, maxTiles: 6, useThumbnail: true, useMsac: false };

describe('planTiles', () => {
  test('lists tiles row by row and the thumbnail last', () => {
    const plan = planTiles(640, 480, options);
    expect(plan.places.map(({ grid, column, row }) => `${grid.columns}x${grid.rows}@${column},${row}`)).toEqual([
      '3x2@0,0',
      '3x2@1,0',
      '3x2@2,0',
      '3x2@0,1',
      '3x2@1,1',
      '3x2@2,1',
      '1x1@0,0',
    ]);
  });

  // The whole of MSAC at 6 tiles: size, coarse grid, fine grid, tiles.
  test.each([
    [448, 448, '1x1', '2x2', 5],
    [300, 600, '1x2', '2x3', 9],
    [600, 300, '2x1', '3x2', 9],
    [300, 900, '1x3', '2x2', 8],
    [900, 300, '3x1', '2x2', 8],
    [900, 900, '2x2', '1x1', 5],
    [300, 1800, '1x6', '1x1', 7],
    [300, 1200, '1x4', '2x3', 11],
    [1200, 300, '4x1', '3x2', 11],
    [300, 1500, '1x5', '2x3', 12],
    [1500, 300, '5x1', '3x2', 12],
    [600, 900, '2x3', '3x2', 13],
    [900, 600, '3x2', '2x3', 13],
    [1800, 300, '6x1', '1x1', 7],
  ])('plans %i x %i with MSAC as %s and %s', (width, height, coarse, fine, tileCount) => {
    const plan = planTiles(width, height, { ...options, useMsac: true });
    expect(plan.grids.map((grid) => `${grid.columns}x${grid.rows}`)).toEqual([coarse, fine]);
    expect(plan.tileCount).toBe(tileCount);
  });

  test('puts the fine tiles first, then the coarse ones, then the thumbnail', () => {
    const plan = planTiles(600, 300, { ...options, useMsac: true });
    expect(plan.places.map(({ grid }) => `${grid.columns}x${grid.rows}`)).toEqual([...Array(6).fill('3x2'), '2x1', '2x1', '1x1']);
  });

  test('bounds each grid by maxTiles', () => {
    expect(planTiles(600, 900, { ...options, maxTiles: 1 }).tileCount).toBe(1);
    expect(planTiles(600, 900, { ...options, maxTiles: 1, useMsac: true }).tileCount).toBe(1);
    expect(planTiles(448, 448, { ...options, maxTiles: 4, useMsac: true }).tileCount).toBe(5);
  });

  test('adds no thumbnail when the model has none', () => {
    expect(planTiles(600, 900, { ...options, useThumbnail: false }).tileCount).toBe(6);
  });

  test('refuses sizes and bounds that are no whole numbers from 1 up, by name', () => {
    expect(() => planTiles(0, 10, options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('width') }),
    );
    expect(() => planTiles(10, 10, { ...options, maxTiles: 1.5 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('maxTiles') }),
    );
    expect(() => planTiles(10, 10, { ...options, minTiles: 3, maxTiles: 2 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', hint: expect.stringContaining('3') }),
    );
  });
});
