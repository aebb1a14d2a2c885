import { expect, it } from 'vitest';
import { readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { loadModel } from '../../src/index.ts';
import { useOwnHome } from '../helpers/own-home.ts';

const page = readablePages[0].path;
useOwnHome();
const ask = { prompt: 'Read the text in the image.', images: [page], maxOutputTokens: 12 };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it('lets no answer wait for the readers of others', async () => {
  const model = await loadModel('nano', { maxConcurrent: 4 });
  await model.generate({ ...ask, maxOutputTokens: 1 });
  const startedMs = performance.now();
  const readers = Array.from({ length: 4 }, async () => {
    let text = '';
    for await (const delta of model.stream(ask).textStream) {
      text += delta;
      await pause(300);
    }
    return { text, endedMs: performance.now() - startedMs };
  });
  await pause(50);
  const fifth = await model.generate({ prompt: 'Hello', maxOutputTokens: 1 });
  const waitedMs = performance.now() - startedMs;
  const read = await Promise.all(readers);
  await model.dispose();
  expect(fifth.usage.outputTokens).toBeLessThanOrEqual(1);
  // It had to wait for a place, and so for answers that were complete long before their readers had read them.
  for (const { endedMs } of read) expect(waitedMs).toBeLessThan(endedMs / 2);
  expect(new Set(read.map(({ text }) => text)).size).toBe(1);
});

it('gives the place of a reader that stopped reading to the next in line, and its result', async () => {
  const model = await loadModel('nano', { maxConcurrent: 1 });
  const abandoned = model.stream(ask);
  await abandoned.textStream[Symbol.asyncIterator]().next();
  const next = await model.generate({ prompt: 'Hello', maxOutputTokens: 1 });
  expect(next.usage.outputTokens).toBeLessThanOrEqual(1);
  expect((await abandoned.result).usage.outputTokens).toBe(12);
  await model.dispose();
});
