import '../src/testing/use-source-scripts.ts';
import { closeLineReader } from '@h2ovl/core/internal/lines/read-lines';
import { afterAll, expect, test } from 'vitest';
import { hasFonts } from '../src/lines-trial/installed-fonts.ts';
import { addScore, describeScore, emptyScore } from '../src/lines-trial/score-page.ts';
import { listTrialPages, makePicture, readAndScore, seedsFrom } from '../src/lines-trial/trial-pages.ts';
import { judgeBlankPages, judgeTurns } from '../src/lines-trial/trial-verdicts.ts';

afterAll(closeLineReader);

/** Seconds on an idle machine; a busy one must not fail here. */
const patience = 600_000;

// The reduced ring of `npm run trial:lines`: one page of each kind.
test.skipIf(!(await hasFonts()))(
  'reads drawn pages of every kind at the rates that are promised',
  async () => {
    const sum = emptyScore();
    for (const trial of listTrialPages(8, seedsFrom.tried)) addScore(sum, (await readAndScore(trial, await makePicture(trial))).score);
    console.log(describeScore(sum));
    expect(sum.edits / sum.letters).toBeLessThan(0.03);
    expect(sum.wordsFound / sum.words).toBeGreaterThan(0.9);
    expect(sum.rowsLost).toBe(0);
    expect(sum.rowsDoubled).toBe(0);
  },
  patience,
);

test.skipIf(!(await hasFonts()))(
  'invents nothing on patterns, and reads what stands alone on a page',
  async () => {
    expect(await judgeBlankPages(new Set(['white', 'dust', 'bricks', 'halftone', 'chess', 'texture', '17', 'PAID', 'grain']))).toEqual([]);
  },
  patience,
);

test.skipIf(!(await hasFonts()))(
  'finds the way up of a page in all four turns',
  async () => {
    const [trial] = [...listTrialPages(1, seedsFrom.tried)];
    const verdicts = trial === undefined ? [] : await judgeTurns(trial, [0, 90, 180, 270]);
    expect(verdicts.map(({ isRight }) => isRight)).toEqual([true, true, true, true]);
    expect(Math.min(...verdicts.map(({ margin }) => margin))).toBeGreaterThan(0.2);
  },
  patience,
);
