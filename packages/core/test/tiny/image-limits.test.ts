import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { loadModel } from '../../src/index.ts';

const home = mkdtempSync(join(tmpdir(), 'h2ovl-image-limits-'));
beforeAll(() => {
  process.env.H2OVL_HOME = home;
});
afterAll(() => {
  delete process.env.H2OVL_HOME;
  rmSync(home, { recursive: true, force: true });
});

it('a loaded model keeps to the limits of pictures it was given', async () => {
  const [{ path }] = readablePages;
  for (const limits of [{ maxBytes: 100 }, { maxPixels: 100 }]) {
    await using model = await loadModel('nano', { imageLimits: limits });
    await expect(model.countTokens({ prompt: 'Read.', images: [path] })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
      hint: expect.stringContaining('imageLimits'),
    });
  }
});
