import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { loadModel } from '../../src/index.ts';
import { useOwnHome } from '../helpers/own-home.ts';

useOwnHome();
it('answers about the bytes it was given, whatever the caller does with them afterwards', async () => {
  const [{ path, question, pytorch }] = readablePages;
  await using model = await loadModel('nano', { maxConcurrent: 1 });
  const [buffer, listed] = [readFileSync(path), readFileSync(path)];
  const answer = model.generate({ prompt: question, images: [buffer] });
  const stream = model.stream({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', image: listed },
          { type: 'text', text: question },
        ],
      },
    ],
  });
  buffer.fill(0);
  listed.fill(0);
  expect((await answer).text).toBe(pytorch);
  expect((await stream.result).text).toBe(pytorch);
});
