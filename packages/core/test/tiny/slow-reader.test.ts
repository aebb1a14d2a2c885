import { expect, it } from 'vitest';
import { readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { loadModel } from '../../src/index.ts';
import { useOwnHome } from '../helpers/own-home.ts';

const page = readablePages[0].path;
useOwnHome();
const ask = { prompt: 'Read the text in the image.', images: [page], maxOutputTokens: 12 };

it('lets no answer wait for the readers of others', async () => {
  const model = await loadModel('nano', { maxConcurrent: 4 });
  await model.generate({ ...ask, maxOutputTokens: 1 });
  let readOn = (): void => {};
  const told = new Promise<void>((resolve) => {
    readOn = resolve;
  });
  const streams = Array.from({ length: 4 }, () => model.stream(ask).textStream[Symbol.asyncIterator]());
  const first = await Promise.all(streams.map((stream) => stream.next())); // now all places are taken
  const readers = streams.map(async (stream, index) => {
    await told;
    let text = first[index]?.value ?? '';
    for (let turn = await stream.next(); !turn.done; turn = await stream.next()) text += turn.value;
    return text;
  });
  // It has to wait for a place, and so for answers that are complete before their readers read on, which they only do when it is there.
  const fifth = await model.generate({ prompt: 'Hello', maxOutputTokens: 1 });
  readOn();
  const read = await Promise.all(readers);
  await model.dispose();
  expect(fifth.usage.outputTokens).toBeLessThanOrEqual(1);
  expect(read[0]).not.toBe('');
  expect(new Set(read).size).toBe(1);
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
