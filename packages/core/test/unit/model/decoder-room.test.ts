import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../src/generation/seeded-random.ts';
import type { Decoder } from '../../../src/model/decoder.ts';
import type { FakeDecoder } from '../../helpers/fake-runtime.ts';
import { cacheBytes, expected, generate, makeDecoder, never, promptOf, range } from './make-decoder.ts';

/** Four rows of 256 tokens, two of 512, or one of 1,024. */
const idleBytes = 4 * 256 * 8;

/** Tensors of the cache that are there: keys and values, by row on a device. */
const cacheOf = ({ tensors }: FakeDecoder) => tensors.filter(({ isDisposed, dims }) => !isDisposed && dims.length === 4);
const shapesOf = (fake: FakeDecoder) => cacheOf(fake).map(({ dims }) => dims);

async function ask(decoder: Decoder, prompt: readonly number[], steps = 2, expectedTokens = prompt.length + steps): Promise<number> {
  const sequence = decoder.openSequence(promptOf(prompt), expectedTokens);
  expect(await generate(sequence, steps)).toEqual(expected(prompt, steps));
  await sequence.dispose();
  return sequence.cachedTokens;
}

describe('room in the cache', () => {
  it('is laid out once for all rows that may stay idle: prompts one after the other copy nothing', async () => {
    const { decoder, fake } = makeDecoder({ maxIdleBytes: idleBytes });
    for (let prompt = 0; prompt < 6; prompt += 1) await ask(decoder, range(100, 200 * prompt));
    expect(fake.copiedTokens).toBe(0);
    expect(fake.tensors.map(({ dims }) => dims)).toEqual([
      [4, 1, 256, 1],
      [4, 1, 256, 1],
    ]);
  });

  it('is longer by half than the prompt needs, where that may stay idle, so that longer prompts find it there', async () => {
    const { decoder, fake } = makeDecoder({ maxIdleBytes: 2 * idleBytes });
    for (const length of [200, 270, 400, 500]) await ask(decoder, range(length, 100));
    expect([fake.copiedTokens, fake.tensors.length]).toEqual([0, 2]);
    expect(shapesOf(fake)[0]).toEqual([4, 1, 512, 1]);
  });

  it('is written to only where tokens are, before it is laid out anew and after', async () => {
    const { decoder, fake } = makeDecoder({ maxIdleBytes: idleBytes });
    const written = () => cacheOf(fake).map((tensor) => tensor.written.reduce((sum, mark) => sum + mark, 0));
    await ask(decoder, range(100), 3);
    expect(written()).toEqual([102, 0]); // the small graph writes keys alone
    await ask(decoder, range(300, 300), 3);
    expect(written()).toEqual([102 + 302, 102]);
  });

  it('is laid out anew for a longer prompt with those rows that may stay, and only the tokens that count are copied', async () => {
    const { decoder, fake } = makeDecoder({ maxIdleBytes: idleBytes });
    const [old, late, long] = [range(60), range(100, 100), range(300, 300)];
    await ask(decoder, old);
    await ask(decoder, late, 4);
    await ask(decoder, long);
    expect(fake.copiedTokens).toBe(103); // of the answer's four tokens three were read
    expect(shapesOf(fake)).toEqual([
      [2, 1, 512, 1],
      [2, 1, 512, 1],
    ]);
    expect(await ask(decoder, [...long, 5, 6])).toBe(300); // what was read last stays, as it did not before
    expect(await ask(decoder, [...late, 5, 6])).toBe(100);
    expect(await ask(decoder, [...old, 5, 6])).toBe(0);
  });

  it('for rows at work beyond the idle budget doubles, and each copy is of tokens that count', async () => {
    const { decoder, fake } = makeDecoder({ maxIdleBytes: idleBytes });
    const prompts = range(4).map((row) => range(300 + row, 100 * row));
    for (const prompt of prompts) await decoder.openSequence(promptOf(prompt), 320).prefill(never, () => {});
    expect(fake.copiedTokens).toBe(301 + 302);
    expect(fake.tensors.map(({ dims }) => dims[0])).toEqual([2, 2, 4, 4]);
  });

  it('is not taken from a parked page that a row at work is about to copy', async () => {
    const { decoder } = makeDecoder({ maxIdleBytes: 256 * 8 });
    const page = range(100);
    const first = decoder.openSequence(promptOf(page), 110);
    await first.prefill(never, () => {});
    const second = decoder.openSequence(promptOf([...page, 7, 8]), 110);
    await first.dispose(); // parked before the other one begins; two rows are more than may stay idle
    expect(await generate(second, 3)).toEqual(expected([...page, 7, 8], 3));
    expect(second.cachedTokens).toBe(100);
  });

  it('on a device is what is needed, because memory is taken there at once', async () => {
    const { decoder, fake } = makeDecoder({ onDevice: true });
    await ask(decoder, range(100));
    expect(shapesOf(fake)).toEqual(Array(2).fill([1, 1, 256, 1]));
    await ask(decoder, range(100, 300));
    expect(shapesOf(fake)).toEqual(Array(4).fill([1, 1, 256, 1]));
    expect(fake.copiedTokens).toBe(0);
    await ask(decoder, range(300, 500));
    expect(shapesOf(fake)).toEqual(Array(6).fill([1, 1, 512, 1]));
    expect(fake.copiedTokens).toBe(2 * 101);
  });

  it.each(range(40))('stays within both budgets for any prompts one after the other and at once (seed %i)', async (seed) => {
    const random = createSeededRandom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const maxCacheBytes = cacheBytes(1 + below(4), 4) + below(3000);
    const maxIdleBytes = Math.min(below(6) * 4_100, maxCacheBytes);
    const onDevice = below(4) === 0;
    const { decoder, fake } = makeDecoder({ maxCacheBytes, maxIdleBytes, maxRows: 1 + below(5), onDevice });
    for (let turn = 0; turn < 8; turn += 1) {
      const prompts = range(1 + below(3)).map(() => range(20 + below(500), 100 * below(9)));
      const asked = prompts.map((prompt) => ask(decoder, prompt, 1 + below(30), prompt.length + below(20)));
      for (const result of await Promise.allSettled(asked)) {
        if (result.status === 'rejected' && result.reason.code !== 'QUEUE_FULL') throw result.reason;
      }
      expect(cacheOf(fake).reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThanOrEqual(maxIdleBytes);
    }
    if (!onDevice) expect(fake.peakBytes).toBeLessThanOrEqual(maxCacheBytes); // a device has other tensors, too
    await decoder.dispose();
    expect(fake.tensors.every(({ isDisposed }) => isDisposed)).toBe(true);
  });
});
