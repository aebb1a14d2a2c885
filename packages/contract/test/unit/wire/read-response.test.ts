import { describe, expect, it } from 'vitest';
import { readChunk, readCompletion, readError, readHealth, readModelIds } from '../../../src/wire/index.ts';

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'nano',
  choices: [{ index: 0, message: { role: 'assistant', content: 'TOTAL 9.50', refusal: null }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 300, completion_tokens: 7, total_tokens: 307, prompt_tokens_details: { cached_tokens: 20, image_tokens: 256 } },
  h2ovl: {
    finish_reason: 'stop-sequence',
    timings: { queue_ms: 1, image_ms: 2, vision_ms: 3, prefill_ms: 4, decode_ms: 5 },
    warnings: [{ type: 'unsupported', message: 'No system role.' }],
    truncated: ['note'],
    forced: ['items[0].date'],
  },
};

const foreign: readonly unknown[] = [
  undefined,
  null,
  1,
  'text',
  [],
  {},
  { choices: 'none' },
  { choices: [null] },
  { choices: [{}] },
  { error: 'no' },
];

describe('readCompletion', () => {
  it('reads the whole answer, the exact finish reason included', () => {
    expect(readCompletion(completion)).toEqual({
      text: 'TOTAL 9.50',
      finishReason: 'stop-sequence',
      usage: { inputTokens: 300, imageTokens: 256, outputTokens: 7, cachedTokens: 20 },
      timings: { queueMs: 1, imageMs: 2, visionMs: 3, prefillMs: 4, decodeMs: 5 },
      warnings: [{ type: 'unsupported', message: 'No system role.' }],
      truncated: ['note'],
      forced: ['items[0].date'],
    });
  });

  it('reads an answer of another OpenAI-shaped server, with zeros for what it does not say', () => {
    const { h2ovl: _, usage: __, ...plain } = completion;
    expect(readCompletion({ ...plain, extra: [1] })).toEqual({
      text: 'TOTAL 9.50',
      finishReason: 'stop',
      usage: { inputTokens: 0, imageTokens: 0, outputTokens: 0, cachedTokens: 0 },
      timings: { queueMs: 0, imageMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0 },
      warnings: [],
    });
  });

  it('says undefined for anything else, and never throws', () => {
    for (const value of foreign) expect(readCompletion(value)).toBeUndefined();
  });
});

describe('readChunk', () => {
  it('reads text, progress, the end and usage', () => {
    expect(readChunk({ choices: [{ delta: { content: 'a' }, finish_reason: null }] })).toMatchObject({
      delta: 'a',
      finishReason: undefined,
    });
    expect(readChunk({ choices: [], h2ovl: { progress: { phase: 'encode-image', done: 1, total: 7 } } })?.progress).toEqual({
      type: 'progress',
      phase: 'encode-image',
      done: 1,
      total: 7,
    });
    expect(readChunk({ choices: [{ delta: {}, finish_reason: 'length' }] })?.finishReason).toBe('length');
    expect(readChunk({ choices: [{ delta: {}, finish_reason: 'stop' }], h2ovl: completion.h2ovl })).toMatchObject({
      finishReason: 'stop-sequence',
      timings: { decodeMs: 5 },
      warnings: [{ type: 'unsupported' }],
    });
    expect(readChunk({ choices: [], usage: completion.usage })?.usage).toEqual({
      inputTokens: 300,
      imageTokens: 256,
      outputTokens: 7,
      cachedTokens: 20,
    });
  });

  it('reads what became of proposed tokens', () => {
    const completion_tokens_details = { accepted_prediction_tokens: 5, rejected_prediction_tokens: 2 };
    expect(readChunk({ choices: [], usage: { ...completion.usage, completion_tokens_details } })?.usage).toMatchObject({
      draftedTokens: 7,
      acceptedTokens: 5,
    });
    // An answer that was drafted, and for which nobody had an idea, is not one that was not drafted.
    const none = { accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 };
    const read = (details: unknown) =>
      readChunk({ choices: [], usage: { ...completion.usage, completion_tokens_details: details } })?.usage;
    expect(read(none)).toMatchObject({ draftedTokens: 0, acceptedTokens: 0 });
    for (const other of [{}, null, { accepted_prediction_tokens: null, rejected_prediction_tokens: null }]) {
      expect(read(other)).not.toHaveProperty('draftedTokens');
    }
  });

  it('takes null for absent, skips an unknown phase, and takes a foreign word for an ending as stop', () => {
    expect(readChunk({ choices: [{ delta: { content: null }, finish_reason: null }], usage: null, h2ovl: null })).toEqual({
      delta: '',
      finishReason: undefined,
      progress: undefined,
      usage: undefined,
      timings: undefined,
      warnings: undefined,
      flags: {},
    });
    expect(readChunk({ choices: [], h2ovl: { progress: { phase: 'dreaming', done: 1, total: 2 } } })?.progress).toBeUndefined();
    expect(readChunk({ choices: [{ delta: {}, finish_reason: 'eos' }] })?.finishReason).toBe('stop');
  });

  it('says undefined for values that are no chunk', () => {
    for (const value of [undefined, null, 1, 'text', [], {}, { choices: 'none' }]) expect(readChunk(value)).toBeUndefined();
  });
});

describe('readError', () => {
  it('reads the envelope with hint and the output that did not fit', () => {
    const output = { text: '{}', finish_reason: 'stop', issues: [{ path: ['total', 0, null], message: 'is missing' }, {}] };
    expect(readError({ error: { message: 'No.', type: 'x', param: 'model', code: 'OUTPUT_INVALID', hint: 'Ask again.', output } })).toEqual(
      {
        message: 'No.',
        code: 'OUTPUT_INVALID',
        param: 'model',
        hint: 'Ask again.',
        output: {
          text: '{}',
          finishReason: 'stop',
          issues: [
            { path: ['total', 0], message: 'is missing' },
            { path: [], message: 'does not fit' },
          ],
        },
      },
    );
  });

  it('says undefined for anything else', () => {
    for (const value of [...foreign, { error: {} }, { error: { message: 5 } }]) expect(readError(value)).toBeUndefined();
  });
});

describe('readModelIds and readHealth', () => {
  it('read what the server lists and skip entries without an id', () => {
    expect(readModelIds({ object: 'list', data: [{ id: 'nano', object: 'model' }, {}, null, { id: '2b' }] })).toEqual(['nano', '2b']);
    expect(readHealth({ status: 'ready', model: 'nano', queue: { running: 1, waiting: 2, limit: 16 } })).toEqual({
      status: 'ready',
      model: 'nano',
      queue: { running: 1, waiting: 2, limit: 16 },
    });
    expect(readHealth({ status: 'loading' })).toEqual({ status: 'loading', queue: { running: 0, waiting: 0, limit: 0 } });
  });

  it('say undefined for anything else', () => {
    for (const value of [...foreign, { status: 'ok' }]) {
      expect(readModelIds(value)).toBeUndefined();
      expect(readHealth(value)).toBeUndefined();
    }
  });
});
