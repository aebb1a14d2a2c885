import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readSamples } from '../../../src/measure/read-samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-samples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('reads an index that begins with a byte order mark', async () => {
  writeFileSync(join(folder, 'index.json'), `\uFEFF${JSON.stringify([{ file: 'one.png', answer: 'x' }])}`);
  expect(await readSamples(folder)).toMatchObject([{ file: 'one.png', answer: 'x' }]);
});
