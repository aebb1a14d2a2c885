import { APICallError, NoSuchModelError, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import { createProviderRegistry, generateText, Output, streamText } from 'ai';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createH2ovl, toLanguageModel } from '../../../src/ai-sdk/index.ts';
import { BusyError, VisionClient, type VisionModel } from '../../../src/index.ts';
import { makeFakeModel } from '../../helpers/fake-model.ts';
import { beginStream, chunk, endStream, sendError, sendStream, startStubServer, writeData } from '../../helpers/stub-server.ts';

const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const pngUrl = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
const ask = [
  {
    role: 'user' as const,
    content: [
      { type: 'image' as const, image: png },
      { type: 'text' as const, text: 'Read.' },
    ],
  },
];

/** The same promise over a model in this process and over HTTP. */
async function withBoth(
  deltas: readonly string[],
  check: (model: Pick<VisionModel, 'id' | 'generate' | 'stream'>, name: string) => Promise<void>,
): Promise<void> {
  await check(makeFakeModel({ deltas }), 'local');
  await using server = await startStubServer((response) => sendStream(response, { deltas }));
  await check(new VisionClient({ baseURL: server.url }).model('nano'), 'remote');
}

// The package logs each warning once more on its own.
beforeAll(() => void vi.stubGlobal('AI_SDK_LOG_WARNINGS', false));

describe('the ai package', () => {
  it('generateText reads a picture and reports usage, reason and warnings', async () => {
    await withBoth(['TOTAL ', '9.50'], async (model, name) => {
      const result = await generateText({ model: toLanguageModel(model), messages: ask, presencePenalty: 1, maxOutputTokens: 20 });
      expect(result.text, name).toBe('TOTAL 9.50');
      expect(result.finishReason).toBe('stop');
      expect(result.usage).toMatchObject({ inputTokens: 300, outputTokens: 7 });
      expect(result.warnings?.[0]).toMatchObject({ type: 'unsupported', feature: 'presencePenalty' });
    });
  });

  it('generateText sends the picture as a data URL before the text', async () => {
    await using server = await startStubServer((response) => sendStream(response, { deltas: ['a'] }));
    await generateText({
      model: toLanguageModel(new VisionClient({ baseURL: server.url }).model('nano')),
      messages: ask,
      system: 'Be brief.',
      maxOutputTokens: 20,
    });
    expect(server.seen[0]?.body).toMatchObject({
      model: 'nano',
      max_completion_tokens: 20,
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: pngUrl } },
            { type: 'text', text: 'Read.' },
          ],
        },
      ],
    });
  });

  it('streamText gives the text piece by piece', async () => {
    await withBoth(['Hel', 'lo'], async (model, name) => {
      const result = streamText({ model: toLanguageModel(model), prompt: 'Hi' });
      const pieces: string[] = [];
      for await (const piece of result.textStream) pieces.push(piece);
      expect(pieces, name).toEqual(['Hel', 'lo']);
      expect(await result.finishReason).toBe('stop');
      expect((await result.usage).outputTokens).toBe(7);
    });
  });

  it('Output.object gives a checked object', async () => {
    const schema = z.object({ shop: z.string(), total: z.number() });
    await withBoth(['{"shop":"A",', '"total":9.5}'], async (model, name) => {
      const { output } = await generateText({ model: toLanguageModel(model), prompt: 'Read.', output: Output.object({ schema }) });
      expect(output, name).toEqual({ shop: 'A', total: 9.5 });
    });
  });

  it('streamText with Output.object shows the object as it grows', async () => {
    const schema = z.object({ shop: z.string(), total: z.number() });
    await withBoth(['{"shop":"A",', '"total":9.5}'], async (model, name) => {
      const result = streamText({ model: toLanguageModel(model), prompt: 'Read.', output: Output.object({ schema }) });
      const partials: unknown[] = [];
      for await (const partial of result.partialOutputStream) partials.push(partial);
      expect(partials, name).toEqual([{ shop: 'A' }, { shop: 'A', total: 9.5 }]);
    });
  });

  it('aborting streamText closes the connection to the server', async () => {
    await using server = await startStubServer((response) => {
      beginStream(response);
      const timer = setInterval(() => writeData(response, chunk({ content: 'x' })), 2);
      response.once('close', () => clearInterval(timer));
    });
    const controller = new AbortController();
    const model = toLanguageModel(new VisionClient({ baseURL: server.url }).model('nano'));
    const types: string[] = [];
    for await (const part of streamText({ model, prompt: 'Hi', abortSignal: controller.signal }).fullStream) {
      types.push(part.type);
      if (part.type === 'text-delta') controller.abort();
    }
    expect(types.at(-1)).toBe('abort');
    await server.seen[0]?.closed;
  });

  it('aborting generateText rejects with the reason and closes the connection', async () => {
    await using server = await startStubServer(beginStream);
    const controller = new AbortController();
    const reason = new Error('mine');
    const model = toLanguageModel(new VisionClient({ baseURL: server.url }).model('nano'));
    setTimeout(() => controller.abort(reason), 50);
    await expect(generateText({ model, prompt: 'Hi', abortSignal: controller.signal })).rejects.toBe(reason);
    await server.seen[0]?.closed;
  });

  it('generateText throws the AI SDK’s own error, with ours as its cause, and tries again by itself', async () => {
    await using server = await startStubServer((response) =>
      sendError(response, 429, { message: 'Full.', code: 'QUEUE_FULL' }, { 'retry-after': '90' }),
    );
    const model = toLanguageModel(new VisionClient({ baseURL: server.url }).model('nano'));
    const error = await generateText({ model, prompt: 'Hi', maxRetries: 0 }).catch((reason: unknown) => reason);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 429, isRetryable: true, url: `${server.url}/v1/chat/completions` });
    const cause: unknown = (error as Error).cause;
    expect(BusyError.isInstance(cause) && cause.retryAfterMs).toBe(90_000);
  });

  it('generateText tries a full queue again after the time the server asks for', async () => {
    await using server = await startStubServer((response, _, index) =>
      index === 0 ? sendError(response, 429, { code: 'QUEUE_FULL' }, { 'retry-after': '0.01' }) : sendStream(response, { deltas: ['ok'] }),
    );
    const model = toLanguageModel(new VisionClient({ baseURL: server.url, maxRetries: 0 }).model('nano'));
    expect((await generateText({ model, prompt: 'Hi', maxRetries: 1 })).text).toBe('ok');
    expect(server.seen).toHaveLength(2);
  });

  it('generateText tries as often as its own maxRetries says: the client’s do not come on top', async () => {
    await using server = await startStubServer((response) => sendError(response, 429, { code: 'QUEUE_FULL' }, { 'retry-after': '0.001' }));
    const model = createH2ovl({ baseURL: server.url, maxRetries: 5 })('nano');
    await expect(generateText({ model, prompt: 'Hi', maxRetries: 1 })).rejects.toMatchObject({ reason: 'maxRetriesExceeded' });
    expect(server.seen).toHaveLength(2);
    await expect(generateText({ model, prompt: 'Hi', maxRetries: 0 })).rejects.toMatchObject({ statusCode: 429 });
    expect(server.seen).toHaveLength(3);
  });

  it('streamText, which the AI SDK tries once, tries as often as the client says', async () => {
    await using server = await startStubServer((response) => sendError(response, 429, { code: 'QUEUE_FULL' }, { 'retry-after': '0.001' }));
    const model = createH2ovl({ baseURL: server.url, maxRetries: 2 })('nano');
    const errors: unknown[] = [];
    await streamText({ model, prompt: 'Hi', maxRetries: 7, onError: ({ error }) => void errors.push(error) }).consumeStream();
    expect(errors).toMatchObject([{ statusCode: 429 }]);
    expect(server.seen).toHaveLength(3);
  });

  it('does not have an answer made again that broke off half way', async () => {
    await using server = await startStubServer((response) => {
      beginStream(response);
      writeData(response, chunk({ content: 'a' }));
      response.end();
    });
    const model = createH2ovl({ baseURL: server.url })('nano');
    await expect(generateText({ model, prompt: 'Hi' })).rejects.toMatchObject({ isRetryable: false, cause: { code: 'CONNECTION_FAILED' } });
    expect(server.seen).toHaveLength(1);
  });

  it('createH2ovl is a provider: generateText takes its models, and a registry finds them', async () => {
    await using server = await startStubServer((response) => sendStream(response, { deltas: ['TOTAL ', '9.50'] }));
    const h2ovl = createH2ovl({ baseURL: server.url });
    expect((await generateText({ model: h2ovl('0.8b'), messages: ask })).text).toBe('TOTAL 9.50');
    const registry = createProviderRegistry({ h2ovl });
    expect((await generateText({ model: registry.languageModel('h2ovl:2b'), messages: ask })).text).toBe('TOTAL 9.50');
    expect(server.seen.map(({ body }) => body?.model)).toEqual(['0.8b', '2b']);
    for (const make of [h2ovl.embeddingModel, h2ovl.imageModel]) expect(() => make('0.8b')).toThrow(NoSuchModelError);
    expect(() => createH2ovl({ baseUrl: server.url } as object)).toThrow(expect.objectContaining({ hint: 'Did you mean baseURL?' }));
  });

  it('generateText sends a PDF to a server as a file, whole', async () => {
    await using server = await startStubServer((response) => sendStream(response, { deltas: ['a'] }));
    const data = new TextEncoder().encode('%PDF-1.7 …');
    const content = [
      { type: 'file' as const, data, mediaType: 'application/pdf', filename: 'a.pdf' },
      { type: 'text' as const, text: 'Total?' },
    ];
    await generateText({ model: createH2ovl({ baseURL: server.url })('nano'), messages: [{ role: 'user', content }] });
    const file_data = `data:application/pdf;base64,${Buffer.from(data).toString('base64')}`;
    expect(server.seen[0]?.body?.messages[0]).toMatchObject({
      content: [
        { type: 'file', file: { file_data } },
        { type: 'text', text: 'Total?' },
      ],
    });
  });

  it('generateText refuses a PDF for a model in this process instead of answering without it', async () => {
    const model = toLanguageModel(makeFakeModel());
    const messages = [
      { role: 'user' as const, content: [{ type: 'file' as const, data: new Uint8Array(4), mediaType: 'application/pdf' }] },
    ];
    const error = await generateText({ model, messages }).catch((reason: unknown) => reason);
    expect(UnsupportedFunctionalityError.isInstance(error) && error.functionality).toBe('file parts of type application/pdf');
  });

  it('streamText hands a failure after the first byte to onError', async () => {
    await using server = await startStubServer((response) => {
      beginStream(response);
      writeData(response, chunk({ content: 'a' }));
      writeData(response, { error: { message: 'Out of memory.', type: 'server_error', param: null, code: 'SESSION_FAILED' } });
      endStream(response);
    });
    const errors: unknown[] = [];
    const model = toLanguageModel(new VisionClient({ baseURL: server.url }).model('nano'));
    const result = streamText({ model, prompt: 'Hi', onError: ({ error }) => void errors.push(error) });
    let text = '';
    for await (const piece of result.textStream) text += piece;
    expect(text).toBe('a');
    expect(errors).toMatchObject([
      { name: 'AI_APICallError', statusCode: 500, isRetryable: false, message: 'Out of memory.', cause: { code: 'SESSION_FAILED' } },
    ]);
  });
});
