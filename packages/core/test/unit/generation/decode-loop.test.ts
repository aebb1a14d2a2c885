import { expect, test } from 'vitest';
import { type DecodeRules, decodeLoop } from '../../../src/generation/decode-loop.ts';
import type { BestToken } from '../../../src/generation/decoder-port.ts';
import { findBestToken } from '../../../src/generation/sampler.ts';
import { fakeDecoder, untilAborted } from '../../helpers/fake-decoder.ts';

const end = 9;
const neverAborted = new AbortController().signal;

function rules(maxOutputTokens = 100): DecodeRules {
  return { pick: findBestToken, isEnd: (token) => token === end, maxOutputTokens };
}

async function collect(loop: AsyncGenerator<number, string, void>): Promise<{ tokens: number[]; finish: string }> {
  const tokens: number[] = [];
  for (;;) {
    const turn = await loop.next();
    if (turn.done) return { tokens, finish: turn.value };
    tokens.push(turn.value);
  }
}

test('yields the best tokens until an end token, which it keeps to itself', async () => {
  const decoder = fakeDecoder({ script: [3, 5, end] });
  const { tokens, finish } = await collect(decodeLoop(decoder, rules(), neverAborted));
  expect(tokens).toEqual([3, 5]);
  expect(finish).toBe('stop');
  expect(decoder.calls).toEqual(['prefill', 'step 3', 'step 5']);
});

test('yields nothing when the answer ends at once', async () => {
  const { tokens, finish } = await collect(decodeLoop(fakeDecoder({ script: [end] }), rules(), neverAborted));
  expect(tokens).toEqual([]);
  expect(finish).toBe('stop');
});

test('runs no forward pass for a token that the limit forbids', async () => {
  const decoder = fakeDecoder({ script: [1, 2, 3] });
  const { tokens, finish } = await collect(decodeLoop(decoder, rules(2), neverAborted));
  expect(tokens).toEqual([1, 2]);
  expect(finish).toBe('length');
  expect(decoder.calls).toEqual(['prefill', 'step 1']);
});

test('needs the prefill alone for one token', async () => {
  const decoder = fakeDecoder({ script: [1, 2] });
  expect(await collect(decodeLoop(decoder, rules(1), neverAborted))).toEqual({ tokens: [1], finish: 'length' });
  expect(decoder.calls).toEqual(['prefill']);
});

test('starts nothing when aborted before', async () => {
  const reason = { mine: true };
  const decoder = fakeDecoder({ script: [1] });
  await expect(decodeLoop(decoder, rules(), AbortSignal.abort(reason)).next()).rejects.toBe(reason);
  expect(decoder.calls).toEqual([]);
});

test('stops before the next step when aborted between two tokens', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const decoder = fakeDecoder({ script: [1, 2, 3] });
  const loop = decodeLoop(decoder, rules(), controller.signal);
  expect((await loop.next()).value).toBe(1);
  controller.abort(reason);
  await expect(loop.next()).rejects.toBe(reason);
  expect(decoder.calls).toEqual(['prefill']);
});

test.each(['prefill', 'step 1'])('rejects with the reason, not with what the runtime says, when aborted inside %s', async (call) => {
  const controller = new AbortController();
  const decoder = fakeDecoder({ script: [1, 2], onCall: (name, signal) => (name === call ? untilAborted(signal) : undefined) });
  const running = collect(decodeLoop(decoder, rules(), controller.signal));
  setTimeout(() => controller.abort('changed my mind'), 1);
  await expect(running).rejects.toBe('changed my mind');
});

test('passes a failure of the model on as it is', async () => {
  const failure = new Error('out of memory');
  const decoder = fakeDecoder({
    script: [1],
    onCall: () => {
      throw failure;
    },
  });
  await expect(decodeLoop(decoder, rules(), neverAborted).next()).rejects.toBe(failure);
});

test('reports the prefill in chunks', async () => {
  const seen: string[] = [];
  const decoder = fakeDecoder({ script: [end], prefillChunks: 3 });
  await collect(decodeLoop(decoder, rules(), neverAborted, { onPrefill: (done, total) => seen.push(`${done}/${total}`) }));
  expect(seen).toEqual(['1/3', '2/3', '3/3']);
});

/** A sequence that names the best token itself; `logits` tells what the logits say when they are asked for. */
function sequenceOf(bests: readonly number[], logits: (calls: readonly string[]) => number) {
  const base = fakeDecoder({ script: [bests[0] as number] });
  const calls: string[] = [];
  let length = 1;
  const sequence = {
    ...base,
    get length() {
      return length;
    },
    stepBest: async (token: number) => {
      calls.push(`best after ${token}`);
      length += 1;
      return { token: bests[length - 1] as number, logit: 1, logSumExp: 2 };
    },
    step: async (token: number) => {
      calls.push(`logits after ${token}`);
      length += 1;
      const values = new Float32Array(16);
      values[logits(calls)] = 10;
      return values;
    },
    truncate: (to: number) => {
      calls.push(`cut to ${to}`);
      length = to;
    },
  };
  return { sequence, calls };
}

test('takes the best token from a sequence that names it, without the logits', async () => {
  const { sequence, calls } = sequenceOf([3, 5, 7, end], () => 0);
  const greedy = { ...rules(), pickBest: ({ token }: BestToken) => token };
  expect((await collect(decodeLoop(sequence, greedy, neverAborted))).tokens).toEqual([3, 5, 7]);
  expect(calls).toEqual(['best after 3', 'best after 5', 'best after 7']);
});

test('reads a token again for its logits when the best one may not be taken', async () => {
  const { sequence, calls } = sequenceOf([3, 5, 6, end], () => 4);
  const greedy = { ...rules(), pickBest: ({ token }: BestToken) => (token === 5 ? undefined : token) };
  expect((await collect(decodeLoop(sequence, greedy, neverAborted))).tokens).toEqual([3, 4, 6]);
  expect(calls).toEqual(['best after 3', 'cut to 1', 'logits after 3', 'best after 4', 'best after 6']);
});

test('asks for the logits where the rules need them', async () => {
  const { sequence, calls } = sequenceOf([3, 5, end], (made) => (made.length === 1 ? 5 : end));
  expect((await collect(decodeLoop(sequence, rules(), neverAborted))).tokens).toEqual([3, 5]);
  expect(calls).toEqual(['logits after 3', 'logits after 5']);
});

test('reads what must follow together with the token before it, in one run', async () => {
  const decoder = fakeDecoder({ script: [3, 4, 5, 6, end] });
  const following = [[4, 5], []];
  const follow = (): { tokens: number[]; isEnd: boolean } => ({ tokens: following.shift() ?? [], isEnd: false });
  const { tokens, finish } = await collect(decodeLoop(decoder, { ...rules(), follow }, neverAborted));
  expect(tokens).toEqual([3, 4, 5, 6]);
  expect(finish).toBe('stop');
  expect(decoder.calls).toEqual(['prefill', 'extend 3 4 5', 'step 6']);
});

test('ends without a further run when nothing can follow', async () => {
  const decoder = fakeDecoder({ script: [3, 6] });
  const follow = (): { tokens: number[]; isEnd: boolean } => ({ tokens: [4], isEnd: true });
  expect(await collect(decodeLoop(decoder, { ...rules(), follow }, neverAborted))).toEqual({ tokens: [3, 4], finish: 'stop' });
  expect(decoder.calls).toEqual(['prefill']);
});

test('keeps the limit inside what must follow', async () => {
  const follow = (): { tokens: number[]; isEnd: boolean } => ({ tokens: [4, 5, 6], isEnd: true });
  const loop = decodeLoop(fakeDecoder({ script: [3] }), { ...rules(3), follow }, neverAborted);
  expect(await collect(loop)).toEqual({ tokens: [3, 4, 5], finish: 'length' });
});
