import { describe, expect, test } from 'vitest';
import { chooseTileGrid, tileGridCandidates } from '../../../src/tiles/choose-tile-grid.ts';

const upToSix = tileGridCandidates(1, 6);
const names = (grids: readonly { columns: number; rows: number }[]): string[] => grids.map((grid) => `${grid.columns}x${grid.rows}`);
const choose = (width: number, height: number): string => names([chooseTileGrid(width, height, upToSix, 448)])[0] ?? '';

describe('tileGridCandidates', () => {
  test('lists every grid between the bounds, fewest tiles first', () => {
    expect(names(upToSix).sort()).toEqual(
      ['1x1', '1x2', '2x1', '3x1', '1x3', '4x1', '1x4', '2x2', '1x5', '5x1', '6x1', '2x3', '1x6', '3x2'].sort(),
    );
    expect(upToSix.map((grid) => grid.columns * grid.rows)).toEqual([1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 6]);
  });

  test('keeps both bounds', () => {
    expect(names(tileGridCandidates(2, 2))).toEqual(['1x2', '2x1']);
    expect(tileGridCandidates(5, 4)).toEqual([]);
  });
});

describe('chooseTileGrid', () => {
  // Shapes (width / height) at which the choice changes, and the grids below and above.
  test.each([
    [0.1833, '1x6', '1x5'],
    [0.225, '1x5', '1x4'],
    [0.2917, '1x4', '1x3'],
    [0.4167, '1x3', '1x2'],
    [0.5833, '1x2', '2x3'],
    [0.8333, '2x3', '2x2'],
    [1.25, '2x2', '3x2'],
    [1.75, '3x2', '2x1'],
    [2.5, '2x1', '3x1'],
    [3.5, '3x1', '4x1'],
    [4.5, '4x1', '5x1'],
    [5.5, '5x1', '6x1'],
  ])('changes at an aspect ratio of %f from %s to %s', (aspect, below, above) => {
    expect(choose(Math.floor(10_000 * (aspect - 0.0005)), 10_000)).toBe(below);
    expect(choose(Math.ceil(10_000 * (aspect + 0.0005)), 10_000)).toBe(above);
  });

  test('takes 2 x 2 for a square only above half of its pixels', () => {
    expect(choose(633, 633)).toBe('1x1'); // 400,689 pixels
    expect(choose(448, 896 + 1)).not.toBe('2x2');
    expect(choose(634, 634)).toBe('2x2'); // 401,956 of 2 * 448 * 448 = 401,408
  });

  test('lets the area decide at an exact midpoint', () => {
    expect(choose(1280, 1024)).toBe('3x2');
    expect(choose(640, 512)).toBe('1x1');
    expect(choose(2500, 1000)).toBe('3x1');
    expect(choose(700, 280)).toBe('2x1');
  });

  test('falls back to one tile when there is no candidate', () => {
    expect(chooseTileGrid(100, 1, [], 448)).toEqual({ columns: 1, rows: 1 });
  });

  test('measures the area with the size of the tile', () => {
    expect(names([chooseTileGrid(80, 80, upToSix, 56)])).toEqual(['2x2']);
  });
});
