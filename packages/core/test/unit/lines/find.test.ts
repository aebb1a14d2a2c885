import { describe, expect, test } from 'vitest';
import { findLines } from '../../../src/lines/find/find-lines.ts';
import { type FoundBox, findRegions } from '../../../src/lines/find/find-regions.ts';
import { findAtScale } from '../../../src/lines/find/strips.ts';
import { untangle } from '../../../src/lines/find/untangle.ts';
import { boundsOf, boxOf, orderCorners } from '../../../src/lines/geometry.ts';
import type { Networks } from '../../../src/lines/networks.ts';
import type { Region } from '../../../src/tiles/raster.ts';

/** A map with rectangles of text: [left, top, right, bottom], where the last two are behind the rectangle. */
function mapOf(width: number, height: number, rectangles: readonly (readonly [number, number, number, number])[], value = 0.9) {
  const values = new Float32Array(width * height);
  for (const [left, top, right, bottom] of rectangles) {
    for (let y = top; y < bottom; y += 1) values.fill(value, y * width + left, y * width + right);
  }
  return { values, width, height, scaleX: 1, scaleY: 1, left: 0, top: 0 };
}

describe('regions', () => {
  test('are the connected parts of a map, grown by their area over their circumference', () => {
    const [box, other, ...more] = findRegions(
      mapOf(200, 100, [
        [20, 20, 120, 30],
        [20, 60, 60, 70],
      ]),
    );
    expect(more).toEqual([]);
    const by = (100 * 10 * 1.5) / (2 * 110);
    expect(boundsOf((box as FoundBox).box)).toEqual({ left: 20 - by, top: 20 - by, right: 120 + by, bottom: 30 + by });
    expect(box).toMatchObject({ letterPx: 10, score: expect.closeTo(0.9) });
    expect(other?.letterPx).toBe(10);
  });

  test('that touch at a corner only are one', () => {
    expect(
      findRegions(
        mapOf(60, 60, [
          [10, 10, 20, 20],
          [20, 20, 30, 30],
        ]),
      ),
    ).toHaveLength(1);
    expect(
      findRegions(
        mapOf(60, 60, [
          [10, 10, 20, 20],
          [21, 21, 31, 31],
        ]),
      ),
    ).toHaveLength(2);
  });

  test('that are unsure or tiny are none', () => {
    expect(findRegions(mapOf(60, 60, [[10, 10, 40, 20]], 0.5))).toEqual([]);
    expect(findRegions(mapOf(60, 60, [[10, 10, 40, 12]]))).toEqual([]);
  });
});

const boxAt = (left: number, top: number, right: number, bottom: number, letterPx = 20): FoundBox => ({
  box: boxOf({ left, top, right, bottom }),
  score: 1,
  letterPx,
});

test('a narrow box that stands aslant keeps its direction', () => {
  const corners = [
    [566, 1085],
    [617, 137],
    [648, 139],
    [597, 1087],
  ] as const;
  const ordered = [
    [617, 137],
    [648, 139],
    [597, 1087],
    [566, 1085],
  ];
  for (let from = 0; from < 4; from += 1) {
    expect(orderCorners([...corners.slice(from), ...corners.slice(0, from)])).toEqual(ordered);
  }
});

describe('boxes of close lines', () => {
  test('are cut in the middle of what they share', () => {
    const [first, second] = untangle([boxAt(0, 0, 400, 40), boxAt(0, 30, 400, 70)]).map(({ box }) => boundsOf(box));
    expect(first).toEqual({ left: 0, top: 0, right: 400, bottom: 35 });
    expect(second).toEqual({ left: 0, top: 35, right: 400, bottom: 70 });
  });

  test('are left alone where they only touch, stand side by side or are the same', () => {
    const alone = [boxAt(0, 0, 400, 40), boxAt(0, 40, 400, 80), boxAt(395, 0, 700, 40), boxAt(2, 1, 400, 41)];
    expect(untangle(alone.slice(0, 3))).toEqual(alone.slice(0, 3));
    expect(untangle([alone[0] as FoundBox, alone[3] as FoundBox])).toEqual([alone[0], alone[3]]);
  });

  test('that run down are cut in their own direction', () => {
    const [first, second] = untangle([boxAt(0, 0, 40, 400), boxAt(30, 0, 70, 400)]).map(({ box }) => boundsOf(box));
    expect(first?.right).toBeCloseTo(35);
    expect(second?.left).toBeCloseTo(35);
  });
});

describe('strips', () => {
  /** A detector that sees what of the page's lines lies in a region, cut at its edges. */
  const seeing =
    (lines: readonly FoundBox[], regions: Region[] = []) =>
    async (region: Region) => {
      regions.push(region);
      return lines.flatMap((line) => {
        const at = boundsOf(line.box);
        const [left, top] = [Math.max(at.left, region.left), Math.max(at.top, region.top)];
        const [right, bottom] = [Math.min(at.right, region.left + region.width), Math.min(at.bottom, region.top + region.height)];
        return right - left > 4 && bottom - top > 4 ? [boxAt(left, top, right, bottom)] : [];
      });
    };
  const tops = (found: readonly FoundBox[]): number[] => found.map(({ box }) => boundsOf(box).top).sort((a, b) => a - b);

  test('of a long screenshot lose no line and double none', async () => {
    const lines = Array.from({ length: 300 }, (_, index) => boxAt(30, 40 + index * 39, 900, 40 + index * 39 + 28));
    const regions: Region[] = [];
    const found = await findAtScale(seeing(lines, regions), { left: 0, top: 0, width: 1080, height: 12_000 }, 1);
    expect(tops(found)).toEqual(tops(lines));
    expect(found.map(({ box }) => boundsOf(box).bottom - boundsOf(box).top)).toEqual(lines.map(() => 28));
    for (const { width, height } of regions) expect(width * height).toBeLessThanOrEqual(1.8e6);
  });

  test('of a banner join the line that runs through all of them', async () => {
    const found = await findAtScale(
      seeing([boxAt(20, 100, 8900, 150), boxAt(20, 250, 700, 300)]),
      { left: 0, top: 0, width: 9000, height: 400 },
      1,
    );
    const bounds = found.map(({ box }) => boundsOf(box)).sort((a, b) => a.top - b.top);
    expect(bounds).toEqual([
      { left: 20, top: 100, right: 8900, bottom: 150 },
      { left: 20, top: 250, right: 700, bottom: 300 },
    ]);
  });

  test('of a page that is large both ways stay small, and its lines whole', async () => {
    const lines = Array.from({ length: 40 }, (_, index) => boxAt(100, 100 + index * 240, 9800, 150 + index * 240));
    const regions: Region[] = [];
    const found = await findAtScale(seeing(lines, regions), { left: 0, top: 0, width: 10_000, height: 10_000 }, 1);
    expect(tops(found)).toEqual(tops(lines));
    expect(found.every(({ box }) => boundsOf(box).right === 9800 && boundsOf(box).left === 100)).toBe(true);
    for (const { width, height } of regions) expect(width * height).toBeLessThanOrEqual(1.8e6);
  });
});

describe('looks', () => {
  const page = (width: number, height: number) => ({ width, height, data: new Uint8Array(width * height * 3).fill(255) });
  const blind = (sizes: number[]): Networks => ({
    detect: async (_, width, height) => {
      sizes.push(width * height);
      return new Float32Array(width * height);
    },
    recognise: () => Promise.reject(new Error('nothing was found')),
  });

  test('at a page without text come closer until small print would show, and then it is empty', async () => {
    const sizes: number[] = [];
    const { boxes, scale, isCutShort } = await findLines(page(2800, 2100), blind(sizes));
    expect(boxes).toEqual([]);
    expect(isCutShort).toBe(false);
    expect(scale).toBeGreaterThanOrEqual(0.7);
    expect(sizes.length).toBeGreaterThan(2); // the closer look goes in strips
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1.85e6);
  });

  test('are never enlarged', async () => {
    const sizes: number[] = [];
    await findLines(page(320, 200), blind(sizes));
    expect(sizes).toEqual([320 * 192]);
  });

  test('end where a pattern fills the page with boxes, and say so', async () => {
    // Dots of four pixels, twelve apart, everywhere.
    const dotted = async (_: Float32Array, width: number, height: number) => {
      const values = new Float32Array(width * height);
      for (let at = 0; at < values.length; at += 1) if ((at % width) % 12 < 4 && Math.trunc(at / width) % 12 < 4) values[at] = 1;
      return values;
    };
    const { boxes, isCutShort } = await findLines(page(4000, 4000), {
      detect: dotted,
      recognise: () => Promise.reject(new Error('not asked')),
    });
    expect(isCutShort).toBe(true);
    expect(boxes.length).toBeLessThan(30_000);
  });
});
