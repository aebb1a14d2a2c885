import { expect, test } from 'vitest';
import { measureSlope } from '../../../src/documents-trial/measure-slope.ts';
import { canWatch } from '../../../src/documents-trial/memory-watch.ts';
import { runCorpus } from '../../../src/documents-trial/run-corpus.ts';
import '../../../src/testing/use-source-scripts.ts';

// The ring that every run passes; `npm run trial:documents` reads the large files, too.
test('every file of the corpus is read or refused as it should be, in bounded memory', { timeout: 600_000 }, async () => {
  const { outcomes, peak } = await runCorpus({ isFull: false, onCase: () => {} });
  expect(outcomes.filter(({ fault }) => fault !== undefined)).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(90);
  console.log(`Peak resident memory: ${Math.round(peak.parent / 1e6)} MB here, ${Math.round(peak.child / 1e6)} MB in a decoder's process.`);
  if (canWatch) expect(peak.child).toBeLessThan(2_000_000_000); // what a decoder may take at most
});

test('pages that were read leave nothing behind', { timeout: 300_000 }, async () => {
  const { pages, largest, slope } = await measureSlope('tiff', 40);
  expect(pages).toBe(40);
  if (!canWatch) return;
  expect(largest.child).toBeGreaterThan(0);
  expect(slope.child).toBeLessThan(6_500_000); // a page has 6.5 MB of pixels: none of them stays
});
