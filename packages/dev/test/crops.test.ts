import { expect, test } from 'vitest';
import type { DrawnPage } from '../src/lines-trial/page-drawing.ts';
import { denseKinds, drawDense } from '../src/verdicts-trial/pages/draw-dense.ts';
import { judgeCrops } from '../src/verdicts-trial/pages/judge-crops.ts';

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

/** The same lines with so little room that their boxes lie over each other. */
function interlocked(page: DrawnPage): DrawnPage {
  const rows = page.rows.map((row, index) => row.map((one) => ({ ...one, size: 34, y: 60 + index * 33 })));
  return { ...page, rows };
}
