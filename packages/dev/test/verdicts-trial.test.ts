import '../src/testing/use-source-scripts.ts';
import { closeLineReader } from '@h2ovl/core/internal/lines/read-lines';
import { afterAll, expect, test } from 'vitest';
import { hasFonts } from '../src/lines-trial/installed-fonts.ts';
import { blankFaults } from '../src/verdicts-trial/blanks.ts';
import { allPeriods, catchRates, falseStops, loopSeeds, openTokenizer, tryLoop } from '../src/verdicts-trial/loops.ts';

afterAll(closeLineReader);

// The reduced ring of `npm run trial:verdicts`.
test('a loop of any period is caught in time, and one copy of it is kept', () => {
  const tokenizer = openTokenizer();
  for (const material of ['random', 'words'] as const) {
    const rates = catchRates(tokenizer, material, 1, loopSeeds.tried, allPeriods);
    expect([...rates].filter(([, rate]) => rate < 1).map(([period]) => period)).toEqual([]);
  }
  const kept = [1, 7, 40, 111].map((period) => Math.abs(tryLoop(tokenizer, 'words', period, 3).keptTooMuch));
  expect(Math.max(...kept)).toBeLessThan(20); // what stands before may end as a copy does
});

test('documents that rightly repeat are not stopped', () => {
  expect(falseStops(openTokenizer(), 130, loopSeeds.tried, false)).toEqual([]);
});

test.skipIf(!(await hasFonts()))('nothing is invented on blank pages, and pages with hardly any text are none', async () => {
  expect(await blankFaults('tried', new Set(['black square', 'single pixel', 'white', 'dust', 'signature', '17', 'PAID']))).toEqual([]);
});
