import { afterEach, describe, expect, it, vi } from 'vitest';
import { AuthenticationError, type GenerationEvent, PermissionDeniedError, VisionClient, VisionError } from '../../src/index.ts';
import {
  bareChunk,
  beginStream,
  chunk,
  endStream,
  sendError,
  sendJson,
  sendStream,
  startStubServer,
  writeData,
} from '../helpers/stub-server.ts';

const onePixel = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);

afterEach(() => vi.unstubAllEnvs());

describe('generate', () => {
  it('sends the bytes it was given, whatever the caller does with them afterwards', async () => {
    await using server = await startStubServer((response) => sendStream(response, { deltas: ['a'] }));
    const bytes = Uint8Array.from(onePixel);
    const answer = new VisionClient({ baseURL: server.url }).model('nano').generate({ prompt: 'Read.', images: [bytes] });
    bytes.fill(0);
    await answer;
    expect(JSON.stringify(server.seen[0]?.body)).toContain('data:image/png;base64,iVBORwECAw==');
  });

  it('sends a streaming request and returns text, reason, usage, timings and warnings', async () => {
    await using server = await startStubServer((response) => sendStream(response, { deltas: ['TOTAL ', '9.50'] }));
    const result = await new VisionClient({ baseURL: server.url })
      .model('nano')
      .generate({ prompt: 'Read.', images: [onePixel], maxOutputTokens: 50 });
    expect(result).toEqual({
      text: 'TOTAL 9.50',
      object: undefined,
      finishReason: 'stop',
      usage: { inputTokens: 300, imageTokens: 256, outputTokens: 7, cachedTokens: 20 },
      timings: { queueMs: 1, imageMs: 2, visionMs: 3, prefillMs: 4, decodeMs: 5 },
      warnings: [{ type: 'other', message: 'The page is small.' }],
      forced: ['date'],
    });
    expect(server.seen[0]).toMatchObject({ method: 'POST', path: '/v1/chat/completions', headers: { accept: 'text/event-stream' } });
    expect(server.seen[0]?.body).toEqual({
      model: 'nano',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORwECAw==' } },
            { type: 'text', text: 'Read.' },
          ],
        },
      ],
      max_completion_tokens: 50,
      stream: true,
      stream_options: { include_usage: true, include_progress: true },
    });
  });

  it('reports a stop sequence and a cut answer as what they are', async () => {
    await using server = await startStubServer((response, request) =>
      sendStream(response, { deltas: ['a'], finishReason: request.body?.model === 'cut' ? 'length' : 'stop-sequence' }),
    );
    const client = new VisionClient({ baseURL: server.url });
    expect((await client.model('nano').generate({ prompt: '' })).finishReason).toBe('stop-sequence');
    expect((await client.model('cut').generate({ prompt: '' })).finishReason).toBe('length');
  });
});

describe('stream', () => {
  it('yields progress, text and the finish in the order they were sent', async () => {
    await using server = await startStubServer((response) => {
      beginStream(response);
      response.write(': heartbeat\n\n');
      writeData(response, bareChunk({ h2ovl: { progress: { phase: 'encode-image', done: 1, total: 2 } } }));
      writeData(response, chunk({ content: 'Hé' }));
      writeData(response, chunk({ content: 'llo' }));
      endStream(response);
    });
    const events: GenerationEvent[] = [];
    for await (const event of new VisionClient({ baseURL: server.url }).model('nano').stream({ prompt: '' })) events.push(event);
    expect(events.map((event) => event.type)).toEqual(['progress', 'text-delta', 'text-delta', 'finish']);
    expect(events[0]).toEqual({ type: 'progress', phase: 'encode-image', done: 1, total: 2 });
    expect(events[3]).toMatchObject({ result: { text: 'Héllo' } });
  });

  it('puts characters together that the network cut in two', async () => {
    await using server = await startStubServer(async (response) => {
      beginStream(response);
      for (const byte of new TextEncoder().encode(`data: ${JSON.stringify(chunk({ content: '€🧾' }))}\n\n`)) {
        response.write(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      endStream(response);
    });
    expect((await new VisionClient({ baseURL: server.url }).model('nano').generate({ prompt: '' })).text).toBe('€🧾');
  });

  it('sends nothing until it is read', async () => {
    await using server = await startStubServer((response) => sendStream(response, { deltas: ['a'] }));
    const stream = new VisionClient({ baseURL: server.url }).model('nano').stream({ prompt: '' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.seen).toHaveLength(0);
    expect((await stream.result).text).toBe('a');
    expect(server.seen).toHaveLength(1);
  });
});

describe('listModels and health', () => {
  it('return what the server says', async () => {
    const health = { status: 'loading', model: 'nano', queue: { running: 1, waiting: 2, limit: 16 } };
    await using server = await startStubServer((response, request) =>
      sendJson(response, 200, request.path === '/health' ? health : { object: 'list', data: [{ id: 'nano' }, { id: '2b' }] }),
    );
    const client = new VisionClient({ baseURL: server.url });
    expect(await client.listModels()).toEqual([{ id: 'nano' }, { id: '2b' }]);
    expect(await client.health()).toEqual(health);
    expect(server.seen.map((request) => `${request.method} ${request.path}`)).toEqual(['GET /v1/models', 'GET /health']);
  });

  it('say so when something else answers', async () => {
    await using server = await startStubServer((response, request) => {
      if (request.path === '/health') response.end('<html>');
      else sendJson(response, 200, { hello: 'world' });
    });
    const client = new VisionClient({ baseURL: server.url });
    await expect(client.health()).rejects.toMatchObject({
      name: 'APIError',
      code: 'RESPONSE_INVALID',
      response: { status: 200, requestId: 'req-0' },
    });
    await expect(client.listModels()).rejects.toThrow('something other than a list of models');
  });
});

describe('options', () => {
  it('take address and key from the environment, and options win over it', async () => {
    await using server = await startStubServer((response) => sendJson(response, 200, { data: [] }));
    vi.stubEnv('H2OVL_BASE_URL', server.url);
    vi.stubEnv('H2OVL_API_KEY', 'from-environment');
    await new VisionClient().listModels();
    await new VisionClient({ apiKey: 'from-options' }).listModels();
    await new VisionClient({ apiKey: '' }).listModels();
    expect(server.seen.map((request) => request.headers.authorization)).toEqual([
      'Bearer from-environment',
      'Bearer from-options',
      undefined,
    ]);
  });

  it('look at http://127.0.0.1:7878 when nothing is said', async () => {
    vi.stubEnv('H2OVL_BASE_URL', '');
    const asked: string[] = [];
    const fetch = (async (url: string) => {
      asked.push(url);
      return Response.json({ data: [] });
    }) as unknown as typeof globalThis.fetch;
    await new VisionClient({ fetch }).listModels();
    expect(asked).toEqual(['http://127.0.0.1:7878/v1/models']);
  });

  it('accept an address with a slash, with /v1, with a path and as a URL', async () => {
    const asked: string[] = [];
    const fetch = (async (url: string) => {
      asked.push(url);
      return Response.json({ data: [] });
    }) as unknown as typeof globalThis.fetch;
    for (const baseURL of ['http://h:1/', 'http://h:1/v1', 'http://h:1/v1/', 'http://h:1/models/', new URL('http://h:1')]) {
      await new VisionClient({ baseURL, fetch }).listModels();
    }
    expect(asked).toEqual([...Array(3).fill('http://h:1/v1/models'), 'http://h:1/models/v1/models', 'http://h:1/v1/models']);
  });

  it('send headers of client, model and call, the nearer one winning', async () => {
    await using server = await startStubServer((response, request) =>
      request.method === 'GET' ? sendJson(response, 200, { data: [] }) : sendStream(response, { deltas: [] }),
    );
    const client = new VisionClient({ baseURL: server.url, headers: { 'X-Team': 'a', 'x-keep': '1' } });
    await client.listModels({ headers: { 'x-team': 'b' } });
    await client.model('nano', { headers: { 'X-TEAM': 'c' } }).generate({ prompt: '' });
    expect(server.seen.map(({ headers }) => [headers['x-team'], headers['x-keep']])).toEqual([
      ['b', '1'],
      ['c', '1'],
    ]);
  });

  it('ask a key function before every request', async () => {
    await using server = await startStubServer((response) => sendJson(response, 200, { data: [] }));
    let count = 0;
    const client = new VisionClient({ baseURL: server.url, apiKey: async () => `key-${++count}` });
    await client.listModels();
    await client.listModels();
    expect(server.seen.map((request) => request.headers.authorization)).toEqual(['Bearer key-1', 'Bearer key-2']);
  });

  it('refuse values that make no sense, with the name of the option', () => {
    const param = (options: object): string | undefined => {
      try {
        new VisionClient(options);
      } catch (error) {
        return VisionError.isInstance(error) && error.code === 'INVALID_ARGUMENT' ? error.param : undefined;
      }
      return undefined;
    };
    expect(param({ baseURL: 'localhost' })).toBe('baseURL');
    expect(param({ baseURL: 'ftp://h' })).toBe('baseURL');
    expect(param({ timeout: 0 })).toBe('timeout');
    expect(param({ timeout: Number.NaN })).toBe('timeout');
    expect(param({ maxRetries: -1 })).toBe('maxRetries');
    expect(param({ maxRetries: 1.5 })).toBe('maxRetries');
    expect(param({ baseUrl: 'http://h' })).toBe('baseUrl');
  });

  it('refuse names that do not exist, with the nearest one, for the client, a model, a call and a question', async () => {
    const client = new VisionClient();
    const model = client.model('nano');
    const image = { prompt: 'Read.', image: 'page.png' } as { readonly prompt: string };
    expect(() => new VisionClient({ baseUrl: 'http://h' } as object)).toThrow(expect.objectContaining({ hint: 'Did you mean baseURL?' }));
    expect(() => client.model('nano', { timeOut: 1 } as object)).toThrow(expect.objectContaining({ hint: 'Did you mean timeout?' }));
    await expect(client.health({ retries: 1 } as object)).rejects.toMatchObject({ hint: 'Did you mean maxRetries?' });
    for (const call of [model.generate(image), model.countTokens(image), model.stream(image).result]) {
      await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param: 'image', hint: 'Did you mean images?' });
    }
  });

  it('never repeat a malformed key in the error', async () => {
    const error = await new VisionClient({ apiKey: 'hunter2\nx' }).listModels().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', param: 'headers' });
    expect(String(error) + JSON.stringify(error) + String((error as Error).cause)).not.toContain('hunter2');
  });
});

describe('server errors', () => {
  it('carry status, code, param, hint, request id and headers', async () => {
    await using server = await startStubServer((response) =>
      sendError(
        response,
        404,
        { message: 'There is no model "9b".', code: 'MODEL_NOT_FOUND', param: 'model', hint: 'Try nano.' },
        { 'x-extra': 'yes' },
      ),
    );
    const error = await new VisionClient({ baseURL: server.url })
      .model('9b')
      .generate({ prompt: '' })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'VisionError',
      message: 'There is no model "9b".',
      code: 'MODEL_NOT_FOUND',
      param: 'model',
      hint: 'Try nano.',
      response: { status: 404, requestId: 'req-0', headers: { 'x-extra': 'yes' }, url: `${server.url}/v1/chat/completions` },
    });
  });

  it('are told from the status alone when the body is no envelope', async () => {
    await using server = await startStubServer((response) => response.writeHead(401).end('nginx says no') && undefined);
    const error = await new VisionClient({ baseURL: server.url }).listModels().catch((reason: unknown) => reason);
    expect(AuthenticationError.isInstance(error)).toBe(true);
    expect((error as Error).message).toContain('401: nginx says no');
  });

  it('have a class for a server that does not answer under this name', async () => {
    await using server = await startStubServer((response) => sendError(response, 403, { code: 'FORBIDDEN', message: 'Not here.' }));
    const error = await new VisionClient({ baseURL: server.url }).listModels().catch((reason: unknown) => reason);
    expect(PermissionDeniedError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: 'FORBIDDEN', response: { status: 403 } });
  });
});
