import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { answer } from '../../helpers/fake-runtime.ts';
import { best, contextLength, expected, generate, makeDecoder, never, promptOf, range, vocabulary } from './make-decoder.ts';

describe('Decoder', () => {
  it('reads a prompt in chunks and reports each', async () => {
    const { decoder, fake } = makeDecoder();
    const prompt = range(40);
    const sequence = decoder.openSequence(promptOf(prompt), 50);
    const seen: number[] = [];
    const logits = await sequence.prefill(never, (done) => seen.push(done));
    expect(best(logits)).toBe(answer(prompt, vocabulary));
    expect(fake.runs.map((run) => run.tokens)).toEqual([16, 16, 8]);
    expect(fake.runs.map((run) => run.wanted)).toEqual([0, 0, 1]); // nobody reads what follows the other chunks
    expect(seen).toEqual([16, 32, 40]);
    expect(sequence.length).toBe(40);
  });

  it('reads no token of a prompt alone, which would round differently: not the last one of a chunk too many, and not when all others are there', async () => {
    const { decoder, fake } = makeDecoder();
    const page = range(33);
    for (const tokens of [[16, 15, 2], [2]]) {
      const before = fake.runs.length;
      const sequence = decoder.openSequence(promptOf(page), 50);
      expect(best(await sequence.prefill(never, () => {}))).toBe(answer(page, vocabulary));
      expect(fake.runs.slice(before).map((run) => run.tokens)).toEqual(tokens);
      await sequence.dispose();
    }
  });

  it('asks a device for the logits of each chunk: it takes no run without any', async () => {
    const { decoder, fake } = makeDecoder({ onDevice: true });
    await decoder.openSequence(promptOf(range(40)), 50).prefill(never, () => {});
    expect(fake.runs.map((run) => run.wanted)).toEqual([1, 1, 1]);
  });

  it('listens to one signal once, however many sequences it stops', async () => {
    const { decoder } = makeDecoder({ maxRows: 12 });
    const caller = new AbortController();
    const prompts = range(12).map((row) => range(5, 50 * row));
    const answers = prompts.map((prompt) => generate(decoder.openSequence(promptOf(prompt), 60), 4, caller.signal));
    let listeners = 0;
    const count = setInterval(() => {
      listeners = Math.max(listeners, getEventListeners(caller.signal, 'abort').length);
    }, 0);
    listeners = getEventListeners(caller.signal, 'abort').length;
    expect(await Promise.all(answers)).toEqual(prompts.map((prompt) => expected(prompt, 4)));
    clearInterval(count);
    expect(listeners).toBe(1); // Node warns of more than ten
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });

  it('steps several sequences in one run, each with its own result', async () => {
    const { decoder, fake } = makeDecoder();
    const prompts = [range(20), range(33, 100), range(5, 500)];
    const sequences = prompts.map((prompt) => decoder.openSequence(promptOf(prompt), 60));
    const answers = await Promise.all(sequences.map((sequence) => generate(sequence, 12)));
    expect(answers).toEqual(prompts.map((prompt) => expected(prompt, 12)));
    expect(Math.max(...fake.runs.map((run) => run.rows))).toBe(3);
    expect(fake.runs.length).toBeLessThan(3 * 12);
  });

  it('starts a second question on the same page from the tokens that are there', async () => {
    const { decoder, fake } = makeDecoder();
    const page = range(48);
    const first = decoder.openSequence(promptOf([...page, 7]), 60);
    await generate(first, 5);
    await first.dispose();
    const before = fake.runs.length;
    const second = decoder.openSequence(promptOf([...page, 9, 9]), 60);
    expect(decoder.cachedPrefix(Float64Array.from([...page, 9, 9]))).toBe(48);
    expect(await generate(second, 5)).toEqual(expected([...page, 9, 9], 5));
    expect(second.cachedTokens).toBe(48);
    expect(fake.runs[before]?.tokens).toBe(2);
  });

  it('copies the tokens of a page that another answer is reading right now', async () => {
    const { decoder, fake } = makeDecoder();
    const page = range(48);
    const first = decoder.openSequence(promptOf([...page, 7]), 60);
    await first.prefill(never, () => {});
    const second = decoder.openSequence(promptOf([...page, 9]), 60);
    const before = fake.runs.length;
    expect(await generate(second, 4)).toEqual(expected([...page, 9], 4));
    expect([second.cachedTokens, fake.runs[before]?.tokens]).toEqual([47, 2]); // no token is read alone
    const after = best(await first.step(answer([...page, 7], vocabulary), never));
    expect(after).toBe(expected([...page, 7], 2)[1]);
  });

  it('grows beyond what was expected without losing a token', async () => {
    const { decoder, fake } = makeDecoder({ maxIdleBytes: 0 });
    const sequence = decoder.openSequence(promptOf(range(250)), 251);
    expect(await generate(sequence, 300)).toEqual(expected(range(250), 300));
    expect(fake.tensors.filter((tensor) => !tensor.isDisposed).map((tensor) => tensor.dims)).toEqual([
      [1, 1, 768, 1],
      [1, 1, 768, 1],
    ]);
  });

  it('fills a row to the last position of the context, while others step', async () => {
    const { decoder } = makeDecoder();
    const full = decoder.openSequence(promptOf(range(contextLength - 3)), contextLength);
    const other = decoder.openSequence(promptOf(range(10, 300)), 40);
    const answers = await Promise.all([generate(full, 4), generate(other, 30)]);
    expect(answers).toEqual([expected(range(contextLength - 3), 4), expected(range(10, 300), 30)]);
  });

  it('reads several tokens in one run, with the logits after each, beside the steps of others', async () => {
    const { decoder, fake } = makeDecoder();
    const [page, other] = [range(20), range(33, 100)];
    const sequence = decoder.openSequence(promptOf(page), 60);
    await sequence.prefill(never, () => {});
    const others = generate(decoder.openSequence(promptOf(other), 60), 12);
    const draft = [7, 8, 9];
    const logits = await sequence.extend(draft, 'each', never);
    expect(logits.length).toBe(3 * vocabulary);
    const bests = draft.map((_, i) => best(logits.subarray(i * vocabulary, (i + 1) * vocabulary)));
    expect(bests).toEqual(draft.map((_, i) => answer([...page, ...draft.slice(0, i + 1)], vocabulary)));
    expect(sequence.length).toBe(23);
    expect(fake.runs.filter((run) => run.tokens === 3)).toEqual([{ rows: 1, tokens: 3, past: [20], wanted: 3 }]);
    expect(best(await sequence.extend([4, 5], 'last', never))).toBe(answer([...page, ...draft, 4, 5], vocabulary));
    expect(best(await sequence.extend([6], 'each', never))).toBe(answer([...page, ...draft, 4, 5, 6], vocabulary));
    expect(await others).toEqual(expected(other, 12));
  });

  it('forgets the end of a sequence and goes on from there', async () => {
    const { decoder } = makeDecoder();
    const sequence = decoder.openSequence(promptOf(range(20)), 60);
    await sequence.prefill(never, () => {});
    await sequence.extend([7, 8, 9], 'last', never);
    sequence.truncate(21);
    expect(sequence.length).toBe(21);
    expect(best(await sequence.step(3, never))).toBe(answer([...range(20), 7, 3], vocabulary));
    expect(() => sequence.truncate(23)).toThrow(/22 tokens cannot be cut to 23/);
    await sequence.dispose();
    const again = decoder.openSequence(promptOf([...range(20), 7, 3, 1]), 60);
    expect(await generate(again, 3)).toEqual(expected([...range(20), 7, 3, 1], 3));
    expect(again.cachedTokens).toBe(21); // no token is read alone
  });

  it('refuses to read nothing, or more than the context has room for', async () => {
    const { decoder } = makeDecoder();
    const sequence = decoder.openSequence(promptOf(range(contextLength - 2)), contextLength);
    await sequence.prefill(never, () => {});
    await expect(sequence.extend([], 'last', never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(sequence.extend([1, 2, 3], 'last', never)).rejects.toThrow(/room for 2/);
    expect(best(await sequence.extend([1, 2], 'last', never))).toBe(answer([...range(contextLength - 2), 1, 2], vocabulary));
  });

  it('refuses another sequence when every row is in use, and takes it when one is free', async () => {
    const { decoder } = makeDecoder({ maxRows: 1 });
    const first = decoder.openSequence(promptOf(range(20)), 30);
    expect(() => decoder.openSequence(promptOf(range(20, 50)), 30)).toThrow(/All 1 rows/);
    await generate(first, 2);
    await first.dispose();
    const second = decoder.openSequence(promptOf(range(20, 50)), 30);
    expect(await generate(second, 3)).toEqual(expected(range(20, 50), 3));
  });

  it('gives idle memory back beyond its budget', async () => {
    const { decoder, fake } = makeDecoder({ maxIdleBytes: 0 });
    const sequence = decoder.openSequence(promptOf(range(20)), 30);
    await generate(sequence, 2);
    await sequence.dispose();
    expect(fake.tensors.every((tensor) => tensor.isDisposed)).toBe(true);
    const other = decoder.openSequence(promptOf(range(20)), 30);
    expect(await generate(other, 2)).toEqual(expected(range(20), 2));
  });

  it('rejects with the reason of the signal and leaves the others alone', async () => {
    const { decoder, fake } = makeDecoder();
    const control = new AbortController();
    const stopped = decoder.openSequence(promptOf(range(100)), 120);
    const other = decoder.openSequence(promptOf(range(30, 300)), 60);
    fake.beforeRun = async () => {
      if (fake.runs.length === 2) control.abort('enough');
    };
    const results = await Promise.allSettled([generate(stopped, 5, control.signal), generate(other, 9)]);
    expect(results[0]).toEqual({ status: 'rejected', reason: 'enough' });
    expect(results[1]).toEqual({ status: 'fulfilled', value: expected(range(30, 300), 9) });
  });

  it('stops the shared run only when nobody waits for it any more', async () => {
    const { decoder, fake } = makeDecoder();
    const control = new AbortController();
    const sequence = decoder.openSequence(promptOf(range(20)), 40);
    const token = best(await sequence.prefill(never, () => {}));
    let runSignal: AbortSignal | undefined;
    fake.beforeRun = async (request) => {
      runSignal = request.signal;
      control.abort('stop');
    };
    await expect(sequence.step(token, control.signal)).rejects.toBe('stop');
    expect(runSignal?.aborted).toBe(true);
  });

  it('rejects what is open when it is disposed, and what comes after', async () => {
    const { decoder } = makeDecoder();
    const sequence = decoder.openSequence(promptOf(range(100)), 120);
    const running = generate(sequence, 50);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([expect(running).rejects.toMatchObject({ code: 'DISPOSED' }), decoder.dispose()]);
    await expect(sequence.step(1, never)).rejects.toMatchObject({ code: 'DISPOSED' });
    expect(() => decoder.openSequence(promptOf(range(5)), 10)).toThrow(/disposed/);
  });

  it('a failing run fails the sequences in it and nobody else', async () => {
    const { decoder, fake } = makeDecoder();
    const sequence = decoder.openSequence(promptOf(range(20)), 40);
    fake.beforeRun = () => Promise.reject(new Error('out of luck'));
    await expect(sequence.prefill(never, () => {})).rejects.toThrow('out of luck');
    fake.beforeRun = async () => {};
    const other = decoder.openSequence(promptOf(range(20, 70)), 40);
    expect(await generate(other, 3)).toEqual(expected(range(20, 70), 3));
  });

  it("gives the weights' memory back while no sequence is open, and not otherwise", async () => {
    const { decoder, fake } = makeDecoder();
    const sequence = decoder.openSequence(promptOf(range(20)), 40);
    await decoder.returnWeightPages();
    expect(fake.returns).toBe(0);
    await generate(sequence, 3);
    await sequence.dispose();
    await decoder.returnWeightPages();
    expect(fake.returns).toBe(1);
  });
});
