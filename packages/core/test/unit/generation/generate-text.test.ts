import type { SamplingOptions } from '@h2ovl/contract';
import { expect, test, vi } from 'vitest';
import { createDecodeRules } from '../../../src/generation/decode-rules.ts';
import type { DecoderSequence } from '../../../src/generation/decoder-port.ts';
import { type DetokenizerPort, type GeneratedText, generateText, type TextEvent } from '../../../src/generation/generate-text.ts';
import { resolveSampling } from '../../../src/generation/sampling-options.ts';
import { fakeDecoder, untilAborted } from '../../helpers/fake-decoder.ts';

const end = 15;
const wordList = ['', 'a', 'b', 'E', 'N', 'D', ' '];
const words: DetokenizerPort = { push: (token) => wordList[token] ?? '?', flush: () => '' };

interface Run {
  readonly events: TextEvent[];
  readonly deltas: string[];
  readonly result: GeneratedText;
}

async function run(sequence: DecoderSequence, sampling: SamplingOptions = {}, detokenizer = words, signal?: AbortSignal): Promise<Run> {
  const resolved = resolveSampling(sampling);
  const rules = createDecodeRules({ sampling: resolved, endTokens: [end], isBlank: () => false });
  const { stopSequences } = resolved;
  const generator = generateText({ sequence, rules, detokenizer, stopSequences, signal: signal ?? new AbortController().signal });
  const events: TextEvent[] = [];
  for (;;) {
    const turn = await generator.next();
    if (turn.done) {
      const deltas = events.flatMap((event) => (event.type === 'text-delta' ? [event.delta] : []));
      return { events, deltas, result: turn.value };
    }
    events.push(turn.value);
  }
}

test('yields text as it comes, with progress, and sums it up', async () => {
  const { events, result } = await run(fakeDecoder({ script: [1, 2, end], prefillChunks: 2 }));
  expect(events).toEqual([
    { type: 'progress', phase: 'prefill', done: 1, total: 2 },
    { type: 'progress', phase: 'prefill', done: 2, total: 2 },
    { type: 'text-delta', delta: 'a' },
    { type: 'progress', phase: 'generate', done: 1, total: 1024 },
    { type: 'text-delta', delta: 'b' },
    { type: 'progress', phase: 'generate', done: 2, total: 1024 },
  ]);
  expect(result).toMatchObject({ text: 'ab', finishReason: 'stop', outputTokens: 2 });
  expect(result.prefillMs).toBeGreaterThan(0);
  expect(result.decodeMs).toBeGreaterThan(0);
});

test('yields prefill progress while the prefill is still running', async () => {
  let finish = (): void => {};
  const gate = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const sequence = fakeDecoder({ script: [end], prefillChunks: 2, onCall: () => gate });
  const rules = createDecodeRules({ sampling: resolveSampling({}), endTokens: [end], isBlank: () => false });
  const generator = generateText({ sequence, rules, detokenizer: words, stopSequences: [], signal: new AbortController().signal });
  expect((await generator.next()).value).toMatchObject({ phase: 'prefill', done: 1 });
  finish();
  expect((await generator.next()).value).toMatchObject({ phase: 'prefill', done: 2 });
});

test('says length when the limit cut the answer', async () => {
  const { result } = await run(fakeDecoder({ script: [1, 1, 1, 1] }), { maxOutputTokens: 3 });
  expect(result).toMatchObject({ text: 'aaa', finishReason: 'length', outputTokens: 3 });
});

test('ends before a stop string, runs no step after it, and counts its tokens', async () => {
  const decoder = fakeDecoder({ script: [1, 3, 4, 5, 2, end] });
  const { deltas, result } = await run(decoder, { stopSequences: ['END'] });
  expect(deltas).toEqual(['a']);
  expect(result).toMatchObject({ text: 'a', finishReason: 'stop-sequence', outputTokens: 4 });
  expect(decoder.calls).toEqual(['prefill', 'step 1', 'step 3', 'step 4']);
});

test('a stop string completed by the last allowed token is a stop string, not a cut', async () => {
  const { result } = await run(fakeDecoder({ script: [3, 4, 5] }), { stopSequences: ['END'], maxOutputTokens: 3 });
  expect(result).toMatchObject({ text: '', finishReason: 'stop-sequence' });
});

test('gives out what was held back when the answer ends without the stop string', async () => {
  const { deltas, result } = await run(fakeDecoder({ script: [1, 3, 4, end] }), { stopSequences: ['END'] });
  expect(deltas).toEqual(['a', 'EN']);
  expect(result).toMatchObject({ text: 'aEN', finishReason: 'stop' });
});

test('gives out what the detokenizer still held, and looks for stop strings in it', async () => {
  const late: DetokenizerPort = { push: () => '', flush: () => 'xENDy' };
  expect((await run(fakeDecoder({ script: [1, end] }), {}, late)).result.text).toBe('xENDy');
  const { deltas, result } = await run(fakeDecoder({ script: [1, end] }), { stopSequences: ['END'] }, late);
  expect(deltas).toEqual(['x']);
  expect(result).toMatchObject({ text: 'x', finishReason: 'stop-sequence' });
});

test('an empty answer has no text-delta', async () => {
  const { deltas, result } = await run(fakeDecoder({ script: [end] }));
  expect(deltas).toEqual([]);
  expect(result).toMatchObject({ text: '', finishReason: 'stop', outputTokens: 0 });
});

test('does not count the time its reader takes', async () => {
  const rules = createDecodeRules({ sampling: resolveSampling({}), endTokens: [end], isBlank: () => false });
  let nowMs = 1000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const work = (): void => {
    nowMs += 3; // of the model, for each call
  };
  const sequence = fakeDecoder({ script: [1, 2, end], onCall: work });
  const generator = generateText({ sequence, rules, detokenizer: words, stopSequences: [], signal: new AbortController().signal });
  let turn = await generator.next();
  for (; !turn.done; turn = await generator.next()) {
    await new Promise((resolve) => setImmediate(resolve)); // the model is done with the call whose progress was told
    nowMs += 40; // of the reader
  }
  clock.mockRestore();
  expect(turn.value).toMatchObject({ prefillMs: 3, decodeMs: 6 });
});

test('rejects with the reason of the abort', async () => {
  const controller = new AbortController();
  const decoder = fakeDecoder({ script: [1, 2], onCall: (call, signal) => (call === 'step 1' ? untilAborted(signal) : undefined) });
  setTimeout(() => controller.abort('time is up'), 2);
  await expect(run(decoder, {}, words, controller.signal)).rejects.toBe('time is up');
});

test('a reader who leaves during the prefill aborts it, and waits until it has ended', async () => {
  let hasEnded = false;
  const sequence = fakeDecoder({
    script: [1],
    prefillChunks: 2,
    onCall: async (_, signal) => {
      await untilAborted(signal).catch(() => {});
      hasEnded = true;
    },
  });
  const rules = createDecodeRules({ sampling: resolveSampling({}), endTokens: [end], isBlank: () => false });
  const generator = generateText({ sequence, rules, detokenizer: words, stopSequences: [], signal: new AbortController().signal });
  await generator.next(); // the first chunk was read
  await generator.return({} as never); // the value of a return is never looked at
  expect(hasEnded).toBe(true);
});

test('passes on a failure of the model', async () => {
  const failure = new Error('broken');
  const decoder = fakeDecoder({
    script: [1],
    onCall: () => {
      throw failure;
    },
  });
  await expect(run(decoder)).rejects.toBe(failure);
});
