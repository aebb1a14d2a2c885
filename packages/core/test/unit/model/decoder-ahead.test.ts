import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../src/generation/seeded-random.ts';
import type { Sequence } from '../../../src/model/decoder-jobs.ts';
import { answer } from '../../helpers/fake-runtime.ts';
import { best, cacheBytes, contextLength, expected, generate, makeDecoder, never, promptOf, range, vocabulary } from './make-decoder.ts';

/** The answer of `steps` tokens, by the best token alone. */
async function generateBest(sequence: Sequence, steps: number, signal: AbortSignal = never): Promise<number[]> {
  const out = [best(await sequence.prefill(signal, () => {}))];
  while (out.length < steps) out.push((await sequence.stepBest?.(out.at(-1) as number, signal))?.token as number);
  return out;
}

describe('a decoder whose graph names the best token', () => {
  it('is not there on the CPU, where the logits are at hand anyway', () => {
    const sequence = makeDecoder().decoder.openSequence(promptOf(range(20)), 30);
    expect([sequence.stepBest, sequence.extendBest]).toEqual([undefined, undefined]);
  });

  it('answers as with logits, in every row by itself, and tells the log-probability', async () => {
    const { decoder, fake } = makeDecoder({ onDevice: true });
    const prompts = [range(20), range(33, 100), range(5, 500)];
    const sequences = prompts.map((prompt) => decoder.openSequence(promptOf(prompt), 60));
    expect(await Promise.all(sequences.map((sequence) => generateBest(sequence, 30)))).toEqual(
      prompts.map((prompt) => expected(prompt, 30)),
    );
    expect(Math.max(...fake.runs.map((run) => run.rows))).toBe(1);
    const next = await sequences[0]?.stepBest?.(3, never);
    expect(next?.logit).toBe(1);
    expect(next?.logSumExp).toBeCloseTo(Math.log(vocabulary), 5);
  });

  it('computes ahead of what is asked for, and does not compute that again', async () => {
    const { decoder, fake } = makeDecoder({ onDevice: true });
    const sequence = decoder.openSequence(promptOf(range(20)), 200);
    await generateBest(sequence, 3); // it has found its pace
    const before = fake.runs.length;
    const token = answer([...range(20), ...expected(range(20), 2)], vocabulary);
    const steps = 24;
    let last = token;
    for (let i = 0; i < steps; i += 1) last = (await sequence.stepBest?.(last, never))?.token as number;
    expect(last).toBe(expected(range(20), 3 + steps).at(-1));
    const runs = fake.runs.length - before;
    expect(runs).toBeGreaterThanOrEqual(steps - 8);
    expect(runs).toBeLessThanOrEqual(steps + 8);
  });

  it('sends and fetches a few bytes a token, where the logits are thousands', async () => {
    const { decoder, fake } = makeDecoder({ onDevice: true });
    const sequence = decoder.openSequence(promptOf(range(20)), 200);
    let token = best(await sequence.prefill(never, () => {}));
    let bytes = 0;
    let runs = 0;
    fake.beforeRun = async ({ inputs, outputs }) => {
      runs += 1;
      for (const binding of [...Object.values(inputs), ...Object.values(outputs)]) if ('data' in binding) bytes += binding.data.byteLength;
    };
    for (let i = 0; i < 40; i += 1) token = (await sequence.stepBest?.(token, never))?.token as number;
    // Two lengths and, for the first of several runs, an embedding and its place; the ids come in one small piece for up to 16 runs.
    expect(bytes / runs).toBeLessThan(20);
    expect(bytes / runs).toBeLessThan(vocabulary * 4);
  });

  it('throws away what was computed ahead when the answer goes another way', async () => {
    const { decoder } = makeDecoder({ onDevice: true });
    const sequence = decoder.openSequence(promptOf(range(20)), 100);
    const made = await generateBest(sequence, 6);
    const ids = [...range(20), ...made.slice(0, 5)];
    const other = await sequence.stepBest?.(7, never);
    expect(other?.token).toBe(answer([...ids, 7], vocabulary));
    expect(best(await sequence.step(8, never))).toBe(answer([...ids, 7, 8], vocabulary));
    await sequence.stepBest?.(9, never);
    sequence.truncate(sequence.length - 1);
    expect(best(await sequence.step(9, never))).toBe(answer([...ids, 7, 8, 9], vocabulary));
  });

  it('checks a draft in one run', async () => {
    const { decoder, fake } = makeDecoder({ onDevice: true });
    const sequence = decoder.openSequence(promptOf(range(20)), 100);
    const first = best(await sequence.prefill(never, () => {}));
    const draft = [first, 7, 8];
    const before = fake.runs.length;
    const tokens = (await sequence.extendBest?.(draft, never))?.map(({ token }) => token);
    expect(tokens).toEqual(draft.map((_, i) => answer([...range(20), ...draft.slice(0, i + 1)], vocabulary)));
    expect(fake.runs.length - before).toBe(1);
    sequence.truncate(21);
    expect((await sequence.extendBest?.([5], never))?.map(({ token }) => token)).toEqual([answer([...range(20), first, 5], vocabulary)]);
  });

  it('keeps what was computed ahead when the cache is laid out anew for a longer prompt', async () => {
    const { decoder } = makeDecoder({ onDevice: true });
    const prompt = range(20);
    const sequence = decoder.openSequence(promptOf(prompt), 60);
    const out = await generateBest(sequence, 6);
    const other = decoder.openSequence(promptOf(range(300, 500)), 320);
    await other.prefill(never, () => {});
    while (out.length < 30) out.push((await sequence.stepBest?.(out.at(-1) as number, never))?.token as number);
    expect(out).toEqual(expected(prompt, 30));
  });

  it('goes to the last position of the context', async () => {
    const { decoder } = makeDecoder({ onDevice: true });
    const prompt = range(contextLength - 5);
    expect(await generateBest(decoder.openSequence(promptOf(prompt), contextLength), 6)).toEqual(expected(prompt, 6));
  });

  it('says so when the numbers broke down', async () => {
    const { decoder, fake } = makeDecoder({ onDevice: true });
    const sequence = decoder.openSequence(promptOf(range(20)), 100);
    const token = best(await sequence.prefill(never, () => {}));
    const { run } = fake.session;
    fake.session.run = async (request) => {
      await run(request);
      const { best: place } = request.outputs;
      if (place && 'tensor' in place) (place.tensor as unknown as { data: Float32Array }).data[1] = Number.NaN;
    };
    await expect(sequence.stepBest?.(token, never)).rejects.toMatchObject({
      code: 'SESSION_FAILED',
      message: expect.stringContaining('broke down'),
    });
  });

  it.each(range(40))('is right for any mix of ways, arrivals, cancellations and shortage of memory (seed %i)', async (seed) => {
    const random = createSeededRandom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const options = { onDevice: true, maxRows: 2 + below(4), maxIdleBytes: below(2) === 0 ? 8_000 : 1e9, chunkTokens: 1 + below(40) };
    const { decoder, fake } = makeDecoder({ ...options, ...(below(2) === 0 && { maxCacheBytes: cacheBytes(2, 1) }) });
    fake.beforeRun = async () => {
      if (below(4) === 0) await new Promise((resolve) => setImmediate(resolve));
    };
    const pages = range(3).map((page) => range(17 + below(80), page * 100));
    const task = async (): Promise<void> => {
      for (let i = 0; i < 4; i += 1) {
        for (let wait = below(6); wait > 0; wait -= 1) await new Promise((resolve) => setImmediate(resolve));
        const prompt = [...(pages[below(3)] as number[]), ...range(below(5), 900)];
        const steps = 1 + below(40);
        let sequence: Sequence;
        try {
          sequence = decoder.openSequence(promptOf(prompt), prompt.length + below(steps));
        } catch (error) {
          expect(error).toMatchObject({ code: 'QUEUE_FULL' });
          continue;
        }
        const control = new AbortController();
        if (below(4) === 0) setTimeout(() => control.abort('cancelled'), below(4));
        try {
          const ways = [generate, generateBest];
          expect(await (ways[below(2)] as typeof generate)(sequence, steps, control.signal)).toEqual(expected(prompt, steps));
        } catch (error) {
          if (error !== 'cancelled') throw error;
        } finally {
          await sequence.dispose();
        }
      }
    };
    await Promise.all(range(5).map(task));
    await decoder.dispose();
    expect(fake.tensors.every((tensor) => tensor.isDisposed)).toBe(true);
  });
});
