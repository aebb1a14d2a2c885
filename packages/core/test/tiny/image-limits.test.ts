import { expect, it } from 'vitest';
import { readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { loadModel } from '../../src/index.ts';
import { useOwnHome } from '../helpers/own-home.ts';

useOwnHome();
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
