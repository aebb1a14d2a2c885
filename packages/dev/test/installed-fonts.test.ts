import { expect, test } from 'vitest';
import { findStandIns, hasFonts } from '../src/lines-trial/installed-fonts.ts';

test.skipIf(!(await hasFonts()))('names a font that is drawn as another one, since it is not installed', async () => {
  expect(await findStandIns(['No Such Font', 'Nor This One'])).toEqual(['Nor This One is drawn as No Such Font']);
  expect(await findStandIns(['DejaVu Sans', 'DejaVu Sans Mono'])).toEqual([]);
});
