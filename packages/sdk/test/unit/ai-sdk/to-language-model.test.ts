import {
  AISDKError,
  APICallError,
  InvalidArgumentError,
  InvalidPromptError,
  JSONParseError,
  type LanguageModelV3CallOptions,
  type LanguageModelV3StreamPart,
  NoSuchModelError,
  TypeValidationError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { toLanguageModel } from '../../../src/ai-sdk/index.ts';
import {
  BusyError,
  ConnectionError,
  ContextOverflowError,
  OutputInvalidError,
  type ServerResponse,
  VisionError,
} from '../../../src/index.ts';
import { type FakePlan, makeFakeModel } from '../../helpers/fake-model.ts';

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47]);
const prompt: LanguageModelV3CallOptions['prompt'] = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }];

async function collectParts(plan: FakePlan, call: Partial<LanguageModelV3CallOptions> = {}): Promise<readonly LanguageModelV3StreamPart[]> {
  const { stream } = await toLanguageModel(makeFakeModel(plan)).doStream({ prompt, ...call });
  const parts: LanguageModelV3StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

describe('toLanguageModel', () => {
  it('presents itself as a V3 model that takes no addresses', () => {
    const model = makeFakeModel();
    expect(toLanguageModel(model)).toMatchObject({ specificationVersion: 'v3', provider: 'h2ovl', modelId: 'fake', supportedUrls: {} });
    expect(toLanguageModel(model, { provider: 'mine' }).provider).toBe('mine');
  });
});

describe('reading a call', () => {
  const read = async (
    call: Partial<LanguageModelV3CallOptions>,
  ): Promise<{ options: object | undefined; warnings: readonly unknown[] }> => {
    const model = makeFakeModel({ deltas: ['{}'] });
    const { warnings } = await toLanguageModel(model).doGenerate({ prompt, ...call });
    return { options: model.asked[0], warnings };
  };

  it('passes on what only our models have, and refuses what they do not have', async () => {
    expect((await read({ providerOptions: { h2ovl: { tiles: 2 }, other: { x: 1 } } })).options).toMatchObject({ tiles: 2 });
    await expect(read({ providerOptions: { h2ovl: { maxTiles: 2 } } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      hint: 'It is called tiles now.',
    });
  });

  it('passes the settings on under our names, zeros included', async () => {
    const { signal } = new AbortController();
    const settings = { maxOutputTokens: 5, temperature: 0, topP: 0.9, topK: 4, seed: 0, stopSequences: ['X'] };
    expect(await read({ ...settings, abortSignal: signal })).toEqual({
      options: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }], ...settings, signal },
      warnings: [],
    });
  });

  it('reads pictures from bytes, base64, data: and http addresses, in their order', async () => {
    const file = (data: Uint8Array | string | URL, mediaType: string): object => ({ type: 'file', data, mediaType });
    const content = [
      file(png, 'image/png'),
      { type: 'text', text: 'and' },
      file('iVBORw==', 'image/*'),
      file('data:image/png;base64,AA==', 'image'),
      file(new URL('https://h/a.png'), 'image/jpeg'),
    ] as never;
    const { options, warnings } = await read({ prompt: [{ role: 'user', content }] });
    expect(options).toMatchObject({
      messages: [
        {
          content: [
            { type: 'image', image: png },
            { type: 'text', text: 'and' },
            { type: 'image', image: png },
            { type: 'image', image: 'data:image/png;base64,AA==' },
            { type: 'image', image: new URL('https://h/a.png') },
          ],
        },
      ],
    });
    expect(warnings).toEqual([]);
  });

  it('keeps system and assistant text and warns about settings the models do not have', async () => {
    const { options, warnings } = await read({
      prompt: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'hm' },
            { type: 'text', text: 'Yes.' },
          ],
        },
      ],
      tools: [{ type: 'function', name: 't', inputSchema: {} }],
      toolChoice: { type: 'required' },
      presencePenalty: 1,
      frequencyPenalty: 1,
    });
    expect(options).toMatchObject({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
        { role: 'assistant', content: [{ type: 'text', text: 'Yes.' }] },
      ],
    });
    expect(warnings).toMatchObject(
      ['reasoning parts', 'tools', 'toolChoice', 'presencePenalty', 'frequencyPenalty'].map((feature) => ({
        type: 'unsupported',
        feature,
      })),
    );
  });

  it.each([
    ['file parts of type application/pdf', { role: 'user', content: [{ type: 'file', data: png, mediaType: 'application/pdf' }] }],
    ['file parts of type audio/wav', { role: 'user', content: [{ type: 'file', data: png, mediaType: 'audio/wav' }] }],
    ['tool-call parts in an answer', { role: 'assistant', content: [{ type: 'tool-call', toolCallId: '1', toolName: 't', input: {} }] }],
    ['file parts in an answer', { role: 'assistant', content: [{ type: 'file', data: png, mediaType: 'image/png' }] }],
    [
      'tool messages',
      { role: 'tool', content: [{ type: 'tool-result', toolCallId: '1', toolName: 't', output: { type: 'text', value: 'x' } }] },
    ],
  ] as const)('refuses %s instead of answering without them', async (functionality, message) => {
    const model = makeFakeModel();
    const call = { prompt: [message] as unknown as LanguageModelV3CallOptions['prompt'] };
    for (const answer of [toLanguageModel(model).doGenerate(call), toLanguageModel(model).doStream(call)]) {
      const error = await Promise.resolve(answer).catch((reason: unknown) => reason);
      expect(UnsupportedFunctionalityError.isInstance(error) && error.functionality).toBe(functionality);
    }
    expect(model.asked).toEqual([]);
  });

  it('refuses a picture whose base64 is damaged instead of sending another one', async () => {
    const model = makeFakeModel();
    const content = [{ type: 'file', data: `iVBOR%w0KGgo`, mediaType: 'image/png' }];
    const call = { prompt: [{ role: 'user', content }] as unknown as LanguageModelV3CallOptions['prompt'] };
    await expect(toLanguageModel(model).doGenerate(call)).rejects.toSatisfy((error) => InvalidPromptError.isInstance(error));
    expect(model.asked).toEqual([]);
  });

  it('turns a JSON format into a schema, any object when none is given', async () => {
    const output = async (responseFormat: NonNullable<LanguageModelV3CallOptions['responseFormat']>): Promise<unknown> => {
      const { options } = await read({ responseFormat });
      return (options as { schema?: { '~standard': { jsonSchema: { input: (o: object) => unknown } } } }).schema?.[
        '~standard'
      ].jsonSchema.input({});
    };
    expect(await output({ type: 'json', schema: { type: 'object', required: ['a'] } })).toEqual({ type: 'object', required: ['a'] });
    expect(await output({ type: 'json' })).toEqual({ type: 'object' });
    expect(await output({ type: 'text' })).toBeUndefined();
  });
});

describe('writing parts', () => {
  it('gives start, metadata, one text block and the finish, in that order', async () => {
    const parts = await collectParts({ deltas: ['a', 'b'] }, { presencePenalty: 1 });
    expect(parts).toMatchObject([
      { type: 'stream-start', warnings: [{ type: 'unsupported', feature: 'presencePenalty' }] },
      { type: 'response-metadata', modelId: 'fake' },
      { type: 'text-start', id: 'text-0' },
      { type: 'text-delta', id: 'text-0', delta: 'a' },
      { type: 'text-delta', id: 'text-0', delta: 'b' },
      { type: 'text-end', id: 'text-0' },
      {
        type: 'finish',
        finishReason: { unified: 'stop', raw: 'stop' },
        usage: {
          inputTokens: { total: 300, noCache: 280, cacheRead: 20 },
          outputTokens: { total: 7, text: 7 },
          raw: { inputTokens: 300, imageTokens: 256, outputTokens: 7, cachedTokens: 20 },
        },
      },
    ]);
    expect(parts).toHaveLength(7);
  });

  it('opens no text block for an empty answer', async () => {
    expect((await collectParts({ deltas: [] })).map((part) => part.type)).toEqual(['stream-start', 'response-metadata', 'finish']);
  });

  it('names a cut answer and a stop sequence, and carries the answer’s warnings', async () => {
    const last = (await collectParts({ result: { finishReason: 'length', warnings: [{ type: 'other', message: 'Small page.' }] } })).at(-1);
    expect(last).toMatchObject({
      finishReason: { unified: 'length', raw: 'length' },
      providerMetadata: { h2ovl: { warnings: [{ type: 'other', message: 'Small page.' }] } },
    });
    const stop = (await collectParts({ result: { finishReason: 'stop-sequence' } })).at(-1);
    expect(stop).toMatchObject({ finishReason: { unified: 'stop', raw: 'stop-sequence' } });
  });

  it('ends a failed generation with an error part', async () => {
    const failure = new Error('broken');
    expect((await collectParts({ deltas: ['a'], failure })).slice(-2)).toEqual([
      { type: 'text-delta', id: 'text-0', delta: 'a' },
      { type: 'error', error: failure },
    ]);
  });

  it('reports the abort reason as an error part', async () => {
    const reason = new Error('mine');
    expect((await collectParts({}, { abortSignal: AbortSignal.abort(reason) })).at(-1)).toEqual({ type: 'error', error: reason });
  });

  it('starts nothing before it is read, and stops the work when cancelled, even while a step runs', async () => {
    const model = makeFakeModel({ deltas: ['a', 'b', 'c'], delayMs: 5 });
    const { stream } = await toLanguageModel(model).doStream({ prompt });
    const reader = stream.getReader();
    for (let count = 0; count < 4; count += 1) await reader.read(); // start, metadata, text-start, a
    const pending = reader.read();
    await reader.cancel();
    expect((await pending).done).toBe(true);
    await expect.poll(() => model.stopped()).toBe(1);
  });

  it('passes warnings and the answer on in doGenerate, and no content for an empty answer', async () => {
    const result = await toLanguageModel(
      makeFakeModel({ deltas: ['a'], result: { warnings: [{ type: 'compatibility', message: 'No system role.' }] } }),
    ).doGenerate({ prompt, tools: [{ type: 'function', name: 't', inputSchema: {} }] });
    expect(result).toMatchObject({
      content: [{ type: 'text', text: 'a' }],
      warnings: [
        { type: 'unsupported', feature: 'tools' },
        { type: 'compatibility', feature: 'No system role.' },
      ],
    });
    expect((await toLanguageModel(makeFakeModel({ deltas: [] })).doGenerate({ prompt })).content).toEqual([]);
  });
});

describe('errors', () => {
  const response: ServerResponse = { url: 'http://h/v1', status: 429, headers: { 'retry-after': '2' } };
  const invalid = (text: string): OutputInvalidError => new OutputInvalidError('No.', { text, issues: [], finishReason: 'stop' });

  it.each([
    ['a page that cannot be read', new VisionError('IMAGE_UNREADABLE', 'Damaged.', { hint: 'Scan it again.' }), InvalidPromptError],
    ['a prompt that is too long', new ContextOverflowError(10, 5), InvalidPromptError],
    ['messages that make no sense', new VisionError('INVALID_ARGUMENT', 'No.', { param: 'messages[0]' }), InvalidPromptError],
    ['a setting out of its range', new VisionError('INVALID_ARGUMENT', 'No.', { param: 'topP' }), InvalidArgumentError],
    [
      'a model that is not there',
      new VisionError('MODEL_NOT_FOUND', 'No 9b.', { response: { ...response, status: 404 } }),
      NoSuchModelError,
    ],
    ['an answer that does not fit', invalid('{"a":1}'), TypeValidationError],
    ['an answer that is no JSON', invalid('{"a":'), JSONParseError],
    ['a full queue', new BusyError('Full.', { response }), APICallError],
    ['a lost connection', new ConnectionError('Lost.', { url: 'http://h' }), APICallError],
    ['a failure in this process', new VisionError('SESSION_FAILED', 'Out of memory.'), AISDKError],
  ] as const)('tell %s in the AI SDK’s own class, with ours as the cause', async (_, failure, expected) => {
    const generated = await toLanguageModel(makeFakeModel({ failure }))
      .doGenerate({ prompt })
      .then(undefined, (reason: unknown) => reason);
    const streamed = (await collectParts({ deltas: [], failure })).at(-1);
    for (const error of [generated, (streamed as { readonly error?: unknown }).error]) {
      expect(expected.isInstance(error)).toBe(true);
      expect(AISDKError.isInstance(error)).toBe(true);
      if (expected !== NoSuchModelError) expect((error as Error).cause).toBe(failure); // which has no room for one
    }
  });

  it('carry message and next move, status, headers and whether another try helps', async () => {
    const error = await toLanguageModel(makeFakeModel({ failure: new BusyError('Full.', { response, hint: 'Wait.' }) }))
      .doGenerate({ prompt })
      .then(undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({
      message: 'Full. Wait.',
      url: 'http://h/v1',
      statusCode: 429,
      responseHeaders: { 'retry-after': '2' },
      isRetryable: true,
    });
  });

  it('of others and aborts come back as they are', async () => {
    for (const failure of [new Error('mine'), new DOMException('Stopped.', 'AbortError')]) {
      await expect(toLanguageModel(makeFakeModel({ failure })).doGenerate({ prompt })).rejects.toBe(failure);
    }
  });
});
