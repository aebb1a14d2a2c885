import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BusyError, ServerError, VisionClient, VisionError } from '../../src/index.ts';
import { type Fault, startFaultProxy, startSilentServer } from '../helpers/fault-proxy.ts';
import { bareChunk, beginStream, chunk, endStream, type StubServer, sendJson, startStubServer, writeData } from '../helpers/stub-server.ts';

const deltas = ['Grüße: ', '€ 9.50', ' 🧾', '\n\n', 'TOTAL'];
const text = deltas.join('');
let server: StubServer;

beforeAll(async () => {
  server = await startStubServer((response, request) => {
    if (request.method === 'GET') return sendJson(response, 200, { object: 'list', data: [{ id: 'nano' }] });
    if (request.path === '/v1/count_tokens') return sendJson(response, 200, { object: 'token_count', input_tokens: 8, image_tokens: 4 });
    beginStream(response);
    writeData(response, bareChunk({ h2ovl: { progress: { phase: 'prefill', done: 1, total: 2 } } }));
    for (const content of deltas) writeData(response, chunk({ content }));
    endStream(response, 'stop', text.length);
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** What a reader saw of one answer, and how it ended. */
interface Outcome {
  readonly seen: string;
  readonly error: unknown;
}

async function readThrough(fault: Fault | ((index: number) => Fault), options: object = {}): Promise<Outcome & { readonly count: number }> {
  await using proxy = await startFaultProxy(server.url, typeof fault === 'function' ? fault : () => fault);
  const client = new VisionClient({ baseURL: proxy.url, timeout: 10_000, maxRetries: 0, ...options });
  return { ...(await read(client)), count: proxy.count() };
}

async function read(client: VisionClient): Promise<Outcome> {
  let seen = '';
  try {
    const stream = client.model('nano').stream({ prompt: 'Read.' });
    for await (const delta of stream.textStream) seen += delta;
    expect((await stream.result).text).toBe(seen);
    return { seen, error: undefined };
  } catch (error) {
    return { seen, error };
  }
}

const codeOf = (error: unknown): string | undefined => (VisionError.isInstance(error) ? error.code : undefined);
const inPieces =
  (size: number) =>
  (body: Buffer): readonly Uint8Array[] =>
    Array.from({ length: Math.ceil(body.length / size) }, (_, index) => body.subarray(index * size, (index + 1) * size));

describe('a stream', () => {
  it.each([1, 2, 7, 64])('in pieces of %i bytes loses nothing', async (size) => {
    expect(await readThrough({ body: inPieces(size) })).toEqual({ seen: text, error: undefined, count: 1 });
  });

  it('that comes slowly loses nothing', async () => {
    expect(await readThrough({ body: inPieces(200), delayMs: 20 })).toEqual({ seen: text, error: undefined, count: 1 });
  });

  it.each(['end', 'reset'] as const)(
    'cut at every 7th byte (%s) is a lost connection, and what was seen of it is its beginning',
    async (ending) => {
      let cut = 0;
      let length = Number.POSITIVE_INFINITY;
      const fault = (): Fault => ({
        ending,
        body: (body) => {
          length = body.length;
          return [body.subarray(0, cut)];
        },
      });
      await using proxy = await startFaultProxy(server.url, fault);
      const client = new VisionClient({ baseURL: proxy.url, timeout: 10_000, maxRetries: 2 });
      const codes = new Set<string | undefined>();
      for (; cut < length - 2; cut += 7) {
        const { seen, error } = await read(client); // whole only with the two line feeds at the end
        expect(text.startsWith(seen), `cut at ${cut}: ${seen}`).toBe(true);
        codes.add(codeOf(error));
      }
      expect([...codes]).toEqual(['CONNECTION_FAILED']);
      expect(proxy.count()).toBe(Math.ceil((length - 2) / 7)); // none was tried again: each had begun
    },
  );

  it('of which any one event comes twice, or not at all, is never taken for another text', async () => {
    const eventsOf = (body: Buffer): readonly string[] => body.toString().split(/(?<=\n\n)/);
    let count = 1;
    for (let at = 0; at < count; at += 1) {
      for (const times of [0, 2]) {
        const { seen, error } = await readThrough({
          body: (body) => {
            const events = eventsOf(body);
            count = events.length;
            return [Buffer.from(events.flatMap((event, index) => (index === at ? Array<string>(times).fill(event) : [event])).join(''))];
          },
        });
        if (error === undefined) expect(seen, `event ${at}, ${times} times`).toBe(text);
        else expect(codeOf(error)).toMatch(/^(RESPONSE_INVALID|CONNECTION_FAILED)$/);
      }
    }
    expect(count).toBe(10); // the role, the progress, five deltas, the reason, the usage, the end mark
  });

  it.each([
    ['an event that is no JSON', 'data: {"choices":[\n\n'],
    ['an event that is no chunk', 'data: {"hello":1}\n\n'],
    ['an event that is a number', 'data: 7\n\n'],
    ['deep nonsense', `data: ${'['.repeat(200_000)}\n\n`],
  ])('with %s in its middle is RESPONSE_INVALID', async (_, event) => {
    const { seen, error } = await readThrough({ body: (body) => [Buffer.from(body.toString().replace(/(?=data: [^\n]*TOTAL)/, event))] });
    expect(codeOf(error)).toBe('RESPONSE_INVALID');
    expect(text.startsWith(seen)).toBe(true);
  });
});

describe('a half-open connection', () => {
  it('ends with the timeout: nothing, headers only, half a body; and is closed', async () => {
    await using silent = await startSilentServer();
    await using headers = await startFaultProxy(server.url, () => ({ body: () => [], ending: 'silence' }));
    await using half = await startFaultProxy(server.url, () => ({
      body: (body) => [body.subarray(0, body.length / 2)],
      ending: 'silence',
    }));
    for (const proxy of [silent, headers, half]) {
      const client = new VisionClient({ baseURL: proxy.url, timeout: 250 });
      const calls = [client.model('nano').generate({ prompt: '' }), client.model('nano').countTokens({ prompt: '' }), client.listModels()];
      for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'TIMEOUT' });
      await expect.poll(() => proxy.closed()).toBeGreaterThanOrEqual(3);
    }
  });
});

describe('a storm of refusals', () => {
  const refuse = (status: number, retryAfter = '0.001'): Fault => ({ instead: { status, headers: { 'retry-after': retryAfter } } });

  it.each([429, 503])('of %i that ends in time is sat out, and the answer comes once', async (status) => {
    const outcome = await readThrough((index) => (index < 4 ? refuse(status) : {}), { maxRetries: 4 });
    expect(outcome).toEqual({ seen: text, error: undefined, count: 5 });
  });

  it('of both that does not end is reported after the tries that were allowed', async () => {
    const busy = await readThrough((index) => refuse(index % 2 === 0 ? 429 : 503), { maxRetries: 2 });
    expect([BusyError.isInstance(busy.error), busy.count]).toEqual([true, 3]);
    const loading = await readThrough((index) => refuse(index % 2 === 0 ? 503 : 429), { maxRetries: 2 });
    expect([ServerError.isInstance(loading.error), loading.count]).toEqual([true, 3]);
  });

  it.each([
    ['a minute and more', '61'],
    ['a year', '31536000'],
    ['more than a number holds', '9'.repeat(400)],
    ['a date next year', new Date(Date.now() + 3e10).toUTCString()],
  ])('that asks for %s is reported at once', async (_, retryAfter) => {
    const { error, count } = await readThrough(refuse(429, retryAfter), { maxRetries: 5 });
    expect([codeOf(error), count]).toEqual(['QUEUE_FULL', 1]);
    expect((error as BusyError).retryAfterMs).toBeGreaterThan(60_000);
  });

  it.each(['0', '0.002', 'Sun, 06 Nov 1994 08:49:37 GMT', '-5', 'soon', '', '1, 2', '0x10'])(
    'with Retry-After %j is tried again',
    async (retryAfter) => {
      const { seen, count } = await readThrough((index) => (index === 0 ? refuse(429, retryAfter) : {}), { maxRetries: 1 });
      expect([seen, count]).toEqual([text, 2]);
    },
  );

  it.each([
    ['no JSON', '{"error":'],
    ['HTML', '<html>Too many</html>'],
    ['JSON of another kind', '[]'],
    ['nothing', ''],
  ])('whose body is %s keeps its class', async (_, body) => {
    const { error } = await readThrough({ instead: { status: 429, body } });
    expect(BusyError.isInstance(error)).toBe(true);
  });
});

describe('a JSON answer', () => {
  it('that is cut or spoilt is an error with the right code, and a cut one says that the connection was lost', async () => {
    const codes = async (fault: Fault): Promise<readonly (string | undefined)[]> => {
      await using proxy = await startFaultProxy(server.url, () => fault);
      const client = new VisionClient({ baseURL: proxy.url, timeout: 10_000, maxRetries: 0 });
      const calls = [client.listModels(), client.model('nano').countTokens({ prompt: '' })];
      return await Promise.all(calls.map((call) => call.then(() => 'none', codeOf)));
    };
    expect(await codes({ body: (body) => [body.subarray(0, 9)], ending: 'reset' })).toEqual(['CONNECTION_FAILED', 'CONNECTION_FAILED']);
    expect(await codes({ body: (body) => [body.subarray(0, 9)] })).toEqual(['RESPONSE_INVALID', 'RESPONSE_INVALID']);
    expect(await codes({ body: () => [Buffer.from('{"object":"list","data":7}')] })).toEqual(['RESPONSE_INVALID', 'RESPONSE_INVALID']);
    expect(await codes({ body: inPieces(1) })).toEqual(['none', 'none']);
  });
});
