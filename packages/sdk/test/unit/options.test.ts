import { afterEach, describe, expect, it, vi } from 'vitest';
import { VisionClient, VisionError } from '../../src/index.ts';
import { findDeadUrl, sendJson, sendStream, startStubServer } from '../helpers/stub-server.ts';

afterEach(() => vi.unstubAllEnvs());

/** What a call in plain JavaScript throws, now or later; a call that hangs runs into the test's own limit. */
async function refusalOf(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return VisionError.isInstance(error) ? { code: error.code, param: error.param } : error;
  }
}

describe('a signal that is none', () => {
  const nearly = [null, new AbortController(), 'stop', {}] as unknown as AbortSignal[];

  it('is refused by every call, before anything is sent', async () => {
    await using server = await startStubServer((response) => sendStream(response, { deltas: ['a'] }));
    const client = new VisionClient({ baseURL: server.url });
    const model = client.model('nano');
    for (const signal of nearly) {
      const calls = [
        () => client.model('nano', { signal }),
        () => client.listModels({ signal }),
        () => client.health({ signal }),
        () => model.info({ signal }),
        () => model.countTokens({ prompt: '', signal }),
        () => model.generate({ prompt: '', signal }),
        () => model.stream({ prompt: '', signal }).result,
        async () => {
          for await (const _ of model.stream({ prompt: '', signal })) break;
        },
      ];
      for (const call of calls) expect(await refusalOf(call)).toEqual({ code: 'INVALID_ARGUMENT', param: 'signal' });
    }
    expect(server.seen).toHaveLength(0);
  });
});

describe('values of the wrong kind', () => {
  it.each([
    ['baseURL', { baseURL: 'http://user:hunter2@h' }],
    ['baseURL', { baseURL: new URL('https://hunter2@h/v1') }],
    ['baseURL', { baseURL: 'ftp://user:hunter2@h' }],
    ['baseURL', { baseURL: 'user:hunter2@h' }],
    ['baseURL', { baseURL: 'http://h/?key=hunter2' }],
    ['baseURL', { baseURL: 'http://h/#hunter2' }],
    ['baseURL', { baseURL: 7 }],
    ['baseURL', { baseURL: null }],
    ['apiKey', { apiKey: null }],
    ['apiKey', { apiKey: 7 }],
    ['apiKey', { apiKey: { key: 'hunter2' } }],
    ['timeout', { timeout: '1000' }],
    ['timeout', { timeout: null }],
    ['maxRetries', { maxRetries: '1' }],
    ['headers', { headers: null }],
    ['headers', { headers: new Headers({ 'x-team': 'a' }) }],
    ['headers', { headers: [['x-team', 'a']] }],
    ['headers', { headers: { 'x-team': 7 } }],
    ['fetch', { fetch: {} }],
    [undefined, null],
    [undefined, 'http://h'],
  ])('of %s are refused, and no message repeats what may be a secret: %o', async (param, options) => {
    expect(await refusalOf(() => new VisionClient(options as never))).toEqual({ code: 'INVALID_ARGUMENT', param });
    expect(() => new VisionClient(options as never)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('hunter2') }));
  });

  it('of no kind repeat a key, be it a number', () => {
    expect(() => new VisionClient({ apiKey: 98_765 as never })).toThrow(/^apiKey is of type number\.$/);
  });

  it('of the environment are refused in the same way', () => {
    vi.stubEnv('H2OVL_BASE_URL', 'http://user:hunter2@h');
    expect(() => new VisionClient()).toThrow(/^baseURL holds a user name or a password, which fetch does not send\.$/);
  });

  it('of an id or of the options of a call are refused', async () => {
    const client = new VisionClient();
    for (const id of ['', undefined, 7, null]) {
      expect(await refusalOf(() => client.model(id as never))).toEqual({ code: 'INVALID_ARGUMENT', param: 'model' });
    }
    const refusal = { code: 'INVALID_ARGUMENT', param: undefined };
    for (const options of [null, 'Read.'] as never[]) {
      expect(await refusalOf(() => client.model('nano').generate(options))).toEqual(refusal);
      expect(await refusalOf(() => client.model('nano').countTokens(options))).toEqual(refusal);
      expect(await refusalOf(() => client.listModels(options))).toEqual(refusal);
    }
  });

  it('of a key function are refused, what it throws comes back, and one that never answers ends with the timeout', async () => {
    const list = (apiKey: () => unknown): Promise<unknown> =>
      refusalOf(() => new VisionClient({ baseURL: 'http://127.0.0.1:9', timeout: 50, apiKey: apiKey as () => string }).listModels());
    expect(await list(() => undefined)).toEqual({ code: 'INVALID_ARGUMENT', param: 'apiKey' });
    const mine = new Error('vault is sealed');
    expect(await list(() => Promise.reject(mine))).toBe(mine);
    expect(await list(() => new Promise(() => {}))).toEqual({ code: 'TIMEOUT', param: undefined });
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%i to another host is refused: neither document nor key go there', async (status) => {
    await using other = await startStubServer((response) => sendStream(response, { deltas: ['stolen'] }));
    const target = other.url.replace('http://', 'http://user:hunter2@');
    await using server = await startStubServer((response) => {
      response.writeHead(status, { location: `${target}/v1/chat/completions?key=hunter2` }).end();
    });
    const client = new VisionClient({ baseURL: server.url, apiKey: 'secret' });
    const images = [Uint8Array.from([1, 2, 3])];
    const error = await client
      .model('nano')
      .generate({ prompt: 'Read.', images })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'RESPONSE_INVALID',
      message: `${server.url} redirects to ${other.url}/v1/chat/completions; nothing was sent there.`,
      response: { status },
    });
    await expect(client.listModels()).rejects.toMatchObject({ code: 'RESPONSE_INVALID' });
    expect([server.seen.length, other.seen.length]).toEqual([2, 0]);
  });

  it('without an address, as a browser shows it, is refused as well', async () => {
    const fetch = async (): Promise<Response> => Object.defineProperties(Response.error(), { type: { value: 'opaqueredirect' } });
    await expect(new VisionClient({ baseURL: 'http://h', fetch }).listModels()).rejects.toMatchObject({
      code: 'RESPONSE_INVALID',
      message: 'http://h redirects elsewhere; nothing was sent there.',
    });
  });
});

describe('a fetch of the caller’s', () => {
  it('that knows no signal ends with the timeout all the same: before the answer, and in its body', async () => {
    const body = (): ReadableStream<Uint8Array> =>
      new ReadableStream({ pull: () => new Promise(() => {}), cancel: () => new Promise(() => {}) });
    const answers: (() => Promise<Response>)[] = [
      () => new Promise(() => {}),
      async () => new Response(body(), { headers: { 'content-type': 'text/event-stream' } }),
      async () => new Response(body(), { status: 500 }),
    ];
    for (const fetch of answers) {
      const client = new VisionClient({ baseURL: 'http://h', fetch, timeout: 50 });
      await expect(client.model('nano').generate({ prompt: '' })).rejects.toMatchObject({ code: 'TIMEOUT' });
      await expect(client.listModels()).rejects.toMatchObject({ code: 'TIMEOUT' });
    }
  });
});

describe('an evil or absurd schema', () => {
  it('costs nothing here: a pattern that takes for ever is the server’s to refuse', async () => {
    const text = JSON.stringify({ name: `${'a'.repeat(50_000)}!` });
    await using server = await startStubServer((response) => sendStream(response, { deltas: [text] }));
    const { jsonSchema } = await import('../../src/index.ts');
    const schema = jsonSchema({ type: 'object', properties: { name: { type: 'string', pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' } } });
    // The check ran on the event loop: for minutes, past every timeout.
    const { object } = await new VisionClient({ baseURL: server.url, timeout: 15_000 }).model('nano').generate({ prompt: '', schema });
    expect(object).toEqual(JSON.parse(text));
  });

  it('that is too deep to be written is refused with a code', async () => {
    const { jsonSchema } = await import('../../src/index.ts');
    let deep: Record<string, unknown> = { type: 'string' };
    for (let depth = 0; depth < 20_000; depth += 1) deep = { type: 'array', items: deep };
    const call = new VisionClient({ baseURL: await findDeadUrl() }).model('nano').generate({ prompt: '', schema: jsonSchema(deep) });
    await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param: 'schema' });
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const messages = [{ role: 'system', content: circular }] as never;
    await expect(new VisionClient({ baseURL: await findDeadUrl() }).model('nano').generate({ messages })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('whose answer is too deep for its own checker gives OUTPUT_INVALID with the text', async () => {
    const depth = 100_000;
    const text = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
    await using server = await startStubServer((response) => sendStream(response, { deltas: [text] }));
    const { z } = await import('zod');
    const Node: import('zod').ZodType = z.lazy(() => z.union([z.number(), z.object({ a: Node })]));
    const call = new VisionClient({ baseURL: server.url }).model('nano').generate({ prompt: '', schema: z.object({ a: Node }) as never });
    await expect(call).rejects.toMatchObject({ code: 'OUTPUT_INVALID', text, issues: [{ path: [], message: 'is nested too deep' }] });
  });
});

describe('foreign answers', () => {
  it('are shown on one line and without control characters', async () => {
    await using server = await startStubServer(
      (response) => response.writeHead(502).end(`<h1>\n\u001b[31mBad\u0000 gateway${'x'.repeat(1e6)}`) && undefined,
    );
    const error = await new VisionClient({ baseURL: server.url, maxRetries: 0 }).listModels().catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(/502: <h1> \[31mBad gatewayx+\.$/);
    expect((error as Error).message.length).toBeLessThan(300);
    await using other = await startStubServer((response) => sendJson(response, 500, { error: { message: 'x' } }));
    await expect(new VisionClient({ baseURL: other.url }).listModels()).rejects.toMatchObject({ code: 'INTERNAL', message: 'x' });
  });
});
