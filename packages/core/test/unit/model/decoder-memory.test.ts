import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../src/generation/seeded-random.ts';
import type { Sequence } from '../../../src/model/decoder-jobs.ts';
import { answer } from '../../helpers/fake-runtime.ts';
import { best, cacheBytes, contextLength, expected, generate, makeDecoder, never, promptOf, range, vocabulary } from './make-decoder.ts';

describe('Decoder with little memory for its cache', () => {
  it('never takes more than it may, and answers of several are still what each would be alone', async () => {
    // At first all three fit, later two of them, at last one.
    const { decoder, fake } = makeDecoder({ maxCacheBytes: cacheBytes(1, 4), maxIdleBytes: 0 });
    const prompts = [range(200), range(250, 300), range(100, 600)];
    const answers = await Promise.all(
      prompts.map(async (prompt) => {
        const sequence = decoder.openSequence(promptOf(prompt), prompt.length + 20);
        const tokens = await generate(sequence, 400);
        await sequence.dispose();
        return tokens;
      }),
    );
    expect(answers).toEqual(prompts.map((prompt) => expected(prompt, 400)));
    expect(fake.peakBytes).toBeLessThanOrEqual(cacheBytes(1, 4));
    expect(Math.max(...fake.runs.map((run) => run.rows))).toBeGreaterThan(1);
  });

  it('reads what a drafted answer lost again without reading a token of it alone', async () => {
    const { decoder, fake } = makeDecoder({ maxCacheBytes: cacheBytes(1, 2) });
    const long = decoder.openSequence(promptOf(range(250)), 251);
    await long.prefill(never, () => {});
    const short = decoder.openSequence(promptOf(range(94, 500)), 100);
    await short.prefill(never, () => {});
    const extend = async (tokens: readonly number[]): Promise<number> => best(await short.extend(tokens, 'last', never));
    await extend([7, 8, 9]); // 97 tokens are six chunks and one
    await generate(long, 20); // beyond 256 tokens there is room for one row only
    await long.dispose();
    const before = fake.runs.length;
    expect(await extend([1, 2])).toBe(answer([...range(94, 500), 7, 8, 9, 1, 2], vocabulary));
    expect(fake.runs.slice(before).map((run) => run.tokens)).toEqual([16, 16, 16, 16, 16, 15, 2, 2]);
  });

  it('takes memory from parked pages before it lets an answer wait', async () => {
    const { decoder, fake } = makeDecoder({ maxCacheBytes: cacheBytes(2, 1), maxIdleBytes: 1e9 });
    for (const page of [range(100), range(100, 200)]) {
      const sequence = decoder.openSequence(promptOf(page), 110);
      await generate(sequence, 2);
      await sequence.dispose();
    }
    const long = decoder.openSequence(promptOf(range(150, 500)), 160);
    expect(await generate(long, 300)).toEqual(expected(range(150, 500), 300));
    expect(fake.peakBytes).toBeLessThanOrEqual(cacheBytes(2, 1));
  });

  it('tells how many tokens a sequence can have at most', () => {
    expect(makeDecoder().decoder.maxTokens).toBe(contextLength);
    expect(makeDecoder({ maxCacheBytes: cacheBytes(1, 3) }).decoder.maxTokens).toBe(768);
    expect(makeDecoder({ maxCacheBytes: cacheBytes(1, 3) - 1 }).decoder.maxTokens).toBe(512);
    expect(makeDecoder({ maxCacheBytes: cacheBytes(1, 1) - 1 }).decoder.maxTokens).toBe(0);
  });

  it('ends an answer that waits for memory as soon as its signal is aborted', async () => {
    const { decoder } = makeDecoder({ maxCacheBytes: cacheBytes(1, 1) });
    const first = decoder.openSequence(promptOf(range(100)), 120);
    await first.prefill(never, () => {});
    const control = new AbortController();
    const waiting = decoder.openSequence(promptOf(range(90, 500)), 120).prefill(control.signal, () => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    control.abort('too slow');
    await expect(waiting).rejects.toBe('too slow');
  });

  it('goes on after an allocation failed: the answer that needed it fails, the others read their tokens again', async () => {
    const { decoder, fake } = makeDecoder({ maxIdleBytes: 0 });
    const first = decoder.openSequence(promptOf(range(100)), 120);
    const start = best(await first.prefill(never, () => {}));
    const { allocate } = fake.runtime;
    let failures = 1;
    Object.assign(fake.runtime, {
      allocate: (...args: Parameters<typeof allocate>) =>
        fake.tensors.length % 2 === 1 && failures-- > 0 ? Promise.reject(new Error('no memory left')) : allocate(...args),
    });
    const second = decoder.openSequence(promptOf(range(90, 500)), 500);
    await expect(second.prefill(never, () => {})).rejects.toThrow('no memory left');
    await second.dispose();
    expect(best(await first.step(start, never))).toBe(expected(range(100), 2)[1]);
  });

  it('runs no step of a row that lost its tokens when the allocation for another one failed', async () => {
    const { decoder, fake } = makeDecoder({ maxIdleBytes: 0 });
    const first = decoder.openSequence(promptOf(range(100)), 100);
    const start = best(await first.prefill(never, () => {}));
    const second = decoder.openSequence(promptOf(range(250, 300)), 250);
    await second.prefill(never, () => {});
    const { allocate } = fake.runtime;
    let failures = 1;
    Object.assign(fake.runtime, {
      allocate: (...args: Parameters<typeof allocate>) =>
        failures-- > 0 ? Promise.reject(new Error('no memory left')) : allocate(...args),
    });
    const stepped = first.step(start, never);
    await expect(second.extend(range(10), 'last', never)).rejects.toThrow('no memory left');
    expect(best(await stepped)).toBe(expected(range(100), 2)[1]);
  });

  it('keeps the room that a run of several tokens was promised when a younger row looks for room in the same round', async () => {
    const { decoder } = makeDecoder({ maxCacheBytes: cacheBytes(1, 2), maxIdleBytes: 0 });
    const [page, other, draft] = [range(255), range(100, 500), [7, 8, 9, 10, 11, 12]];
    const first = decoder.openSequence(promptOf(page), 255);
    await first.prefill(never, () => {});
    const second = decoder.openSequence(promptOf(other), 100);
    const token = best(await second.prefill(never, () => {}));
    const extended = first.extend(draft, 'last', never).finally(() => first.dispose()); // the other one waits until then
    const [drafted, stepped] = await Promise.all([extended, second.step(token, never)]);
    expect(best(drafted)).toBe(answer([...page, ...draft], vocabulary));
    expect(best(stepped)).toBe(answer([...other, token], vocabulary));
  });
});

describe('Decoder, random mixes', () => {
  it.each(range(60))(
    'batched answers equal single ones for any lengths, arrivals, cancellations and shared pages (seed %i)',
    async (seed) => {
      const random = createSeededRandom(seed);
      const below = (limit: number): number => Math.floor(random() * limit);
      const maxCacheBytes = below(2) === 0 ? cacheBytes(1, 1 + below(3)) : 1e9; // one row of the longest, at least
      const { decoder, fake } = makeDecoder({
        maxCacheBytes,
        maxRows: 2 + below(5),
        maxIdleBytes: [0, 8_000, 1e9][below(3)] as number,
        chunkTokens: 1 + below(40),
      });
      fake.beforeRun = async () => {
        if (below(4) === 0) await new Promise((resolve) => setImmediate(resolve));
      };
      const pages = range(3).map((page) => range(17 + below(80), page * 100));
      let open = 0;
      const task = async (): Promise<void> => {
        for (let i = 0; i < 4; i += 1) {
          for (let wait = below(6); wait > 0; wait -= 1) await new Promise((resolve) => setImmediate(resolve));
          const prompt = [...(pages[below(3)] as number[]), ...range(below(5), 900)];
          const steps = 1 + below(maxCacheBytes < 1e9 && below(3) === 0 ? 140 : 40);
          let sequence: Sequence;
          try {
            sequence = decoder.openSequence(promptOf(prompt), prompt.length + below(steps));
          } catch (error) {
            expect(error).toMatchObject({ code: 'QUEUE_FULL' });
            continue;
          }
          open += 1;
          const control = new AbortController();
          if (below(4) === 0) setTimeout(() => control.abort('cancelled'), below(4));
          try {
            expect(await generate(sequence, steps, control.signal)).toEqual(expected(prompt, steps));
          } catch (error) {
            if (error !== 'cancelled') throw error;
          } finally {
            await sequence.dispose();
          }
        }
      };
      await Promise.all(range(5).map(task));
      expect(open).toBeGreaterThan(0);
      expect(fake.peakBytes).toBeLessThanOrEqual(maxCacheBytes);
      await decoder.dispose();
      expect(fake.tensors.every((tensor) => tensor.isDisposed)).toBe(true);
    },
  );
});
