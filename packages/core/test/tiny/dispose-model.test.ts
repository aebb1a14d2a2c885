import { expect, it } from 'vitest';
import { readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { loadModel } from '../../src/index.ts';
import { useOwnHome } from '../helpers/own-home.ts';

useOwnHome();
const ask = { prompt: 'Read the text in the image.', images: [readablePages[0].path] };

it('is disposed although a reader paused in the middle of an answer', async () => {
  const model = await loadModel('nano');
  const stream = model.stream(ask);
  const reader = stream.textStream[Symbol.asyncIterator]();
  expect((await reader.next()).value).not.toBe('');
  await model.dispose();
  await expect(reader.next()).rejects.toMatchObject({ code: 'DISPOSED' });
  await expect(stream.result).rejects.toMatchObject({ code: 'DISPOSED' });
  await expect(model.generate(ask)).rejects.toMatchObject({ code: 'DISPOSED' });
});

it('gives the place of a cancelled reader that paused to the next in line', async () => {
  const model = await loadModel('nano', { maxConcurrent: 1 });
  const control = new AbortController();
  const reader = model.stream({ ...ask, signal: control.signal }).textStream[Symbol.asyncIterator]();
  await reader.next();
  const next = model.generate({ ...ask, maxOutputTokens: 3 });
  control.abort('gone');
  expect((await next).usage.outputTokens).toBe(3);
  await model.dispose();
});
