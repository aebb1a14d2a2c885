import { expect, test } from 'vitest';
import { type DecodeRules, decodeLoop } from '../../../src/generation/decode-loop.ts';
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
  await collect(decodeLoop(decoder, rules(), neverAborted, (done, total) => seen.push(`${done}/${total}`)));
  expect(seen).toEqual(['1/3', '2/3', '3/3']);
});
