import '../src/testing/use-source-scripts.ts';
import { closeLineReader } from '@h2ovl/core/internal/lines/read-lines';
import { afterAll, expect, test } from 'vitest';
import { drawPage } from '../src/lines-trial/draw-page.ts';
import { hasFonts } from '../src/lines-trial/installed-fonts.ts';
import { seedsFrom } from '../src/lines-trial/trial-pages.ts';
import { judgeShown } from '../src/verdicts-trial/pages/judge-shown.ts';

afterAll(closeLineReader);

// The reduced ring of the parts `turned` and `inverted` of `npm run trial:verdicts`.
test.skipIf(!(await hasFonts())).each([
  ['receipt', 90, false],
  ['invoice', 180, false],
  ['label', 270, false],
  ['form', 0, true],
  ['screen', 90, true],
] as const)('a %s that needs %d degrees (negated: %s) is shown as it was drawn', async (kind, rotation, isNegated) => {
  expect(await judgeShown(drawPage(kind, seedsFrom.tried), rotation, isNegated)).toMatchObject({ isAsDrawn: true, isWrong: false });
});
