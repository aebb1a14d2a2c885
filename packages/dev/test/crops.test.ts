import { expect, test } from 'vitest';
import type { DrawnPage } from '../src/lines-trial/page-drawing.ts';
import { denseKinds, drawDense } from '../src/verdicts-trial/pages/draw-dense.ts';
import { judgeCrops } from '../src/verdicts-trial/pages/judge-crops.ts';
import { matchRows } from '../src/verdicts-trial/pages/long-screenshot.ts';

const seeds = Array.from({ length: 25 }, (_, index) => 7_000 + index);

test.each(denseKinds)('no line of %s is lost, doubled or out of its place on 25 pages that are read in parts', async (kind) => {
  let crops = 0;
  for (const seed of seeds) {
    const judged = await judgeCrops(drawDense(kind, seed));
    crops += judged.crops;
    expect({ seed, ...judged }).toMatchObject({ seed, lost: [], doubled: [], isInOrder: true });
  }
  expect(crops).toBeGreaterThan(2 * seeds.length);
});

test('where no place is between lines, parts overlap, and each line stands once', async () => {
  let overlaps = 0;
  for (const seed of seeds) {
    const page = drawDense('screenshot', seed);
    const judged = await judgeCrops(interlocked(page));
    overlaps += judged.overlaps;
    expect({ seed, ...judged }).toMatchObject({ seed, lost: [], doubled: [] });
  }
  expect(overlaps).toBeGreaterThan(seeds.length);
});

test('a row counts as read where a line is like it, and as doubled where two are', () => {
  const rows = ['1 KD41 the blue house stands', '2 LA07 nobody knew the road', '3 QZ88 after the long winter'];
  expect(matchRows(rows, ['1 KD41 the b1ue house stand', '3 QZ88 after the long winter'])).toEqual({ found: 2, doubled: 0 });
  expect(matchRows(rows, [rows[0], rows[0], 'something else that nobody wrote'] as string[])).toEqual({ found: 1, doubled: 1 });
});

/** The same lines with so little room that their boxes lie over each other. */
function interlocked(page: DrawnPage): DrawnPage {
  const rows = page.rows.map((row, index) => row.map((one) => ({ ...one, size: 34, y: 60 + index * 33 })));
  return { ...page, rows };
}
