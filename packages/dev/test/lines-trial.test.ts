import '../src/testing/use-source-scripts.ts';
import { closeLineReader } from '@h2ovl/core/internal/lines/read-lines';
import { afterAll, expect, test } from 'vitest';
import { addScore, describeScore, emptyScore } from '../src/lines-trial/score-page.ts';
import { hasFonts, listTrialPages, makePicture, readAndScore, seedsFrom } from '../src/lines-trial/trial-pages.ts';

afterAll(closeLineReader);

// The reduced ring of `npm run trial:lines`: one page of each kind.
test.skipIf(!(await hasFonts()))('reads drawn pages of every kind at the rates that are promised', async () => {
  const sum = emptyScore();
  for (const trial of listTrialPages(8, seedsFrom.tried)) addScore(sum, (await readAndScore(trial, await makePicture(trial))).score);
  console.log(describeScore(sum));
  expect(sum.edits / sum.letters).toBeLessThan(0.03);
  expect(sum.wordsFound / sum.words).toBeGreaterThan(0.9);
  expect(sum.rowsLost).toBe(0);
  expect(sum.rowsDoubled).toBe(0);
});
