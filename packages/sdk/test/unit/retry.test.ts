import { afterEach, describe, expect, it, vi } from 'vitest';
import { BusyError, ConnectionError, ServerError, type ServerResponse, TimeoutError, VisionClient } from '../../src/index.ts';
import { chooseRetryDelay } from '../../src/retry.ts';
import { beginStream, findDeadUrl, sendError, sendJson, sendStream, startStubServer } from '../helpers/stub-server.ts';

afterEach(() => vi.useRealTimers());

const at = (status: number, retryAfter?: string): ServerResponse => ({
  url: 'http://h',
  status,
  headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
});
const busy = (retryAfter?: string): BusyError => new BusyError('Full.', { response: at(429, retryAfter) });

describe('chooseRetryDelay', () => {
  it('waits as long as the server asks, up to a minute; a longer wait is the caller’s decision', () => {
    expect(chooseRetryDelay(busy('3'), 0, () => 0)).toBe(3000);
    expect(chooseRetryDelay(busy('60'), 0, () => 0)).toBe(60_000);
    expect(chooseRetryDelay(busy('61'), 0, () => 0)).toBeUndefined();
    expect(chooseRetryDelay(new ServerError('MODEL_LOADING', 'Loading.', { response: at(503, '1') }), 0, () => 0)).toBe(1000);
  });

  it('doubles from half a second to eight, less up to a quarter at random', () => {
    expect([0, 1, 2, 3, 4, 5].map((retries) => chooseRetryDelay(busy(), retries, () => 0))).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    expect(chooseRetryDelay(busy(), 0, () => 1)).toBe(375);
  });

  it('tries again after lost connections, 429 and 503, and after nothing else', () => {
    const delay = (error: unknown): number | undefined => chooseRetryDelay(error, 0, () => 0);
    expect(delay(new ConnectionError('Lost.'))).toBe(500);
    expect(delay(new ServerError('MODEL_LOADING', 'Loading.', { response: at(503) }))).toBe(500);
    expect(delay(new ServerError('INTERNAL', 'Broken.', { response: at(500) }))).toBeUndefined();
    expect(delay(new TimeoutError('Late.'))).toBeUndefined();
    expect(delay(new Error('other'))).toBeUndefined();
  });
});

describe('requests', () => {
  it('are tried again on 429 after Retry-After, and succeed', async () => {
    await using server = await startStubServer((response, _, index) =>
      index === 0 ? sendError(response, 429, { code: 'QUEUE_FULL' }, { 'retry-after': '0.03' }) : sendStream(response, { deltas: ['ok'] }),
    );
    const started = performance.now();
    expect((await new VisionClient({ baseURL: server.url }).model('nano').generate({ prompt: '' })).text).toBe('ok');
    expect(performance.now() - started).toBeGreaterThanOrEqual(29);
    expect(server.seen).toHaveLength(2);
    expect(server.seen[1]?.body).toEqual(server.seen[0]?.body);
  });

  it('give up after maxRetries with the last error', async () => {
    await using server = await startStubServer((response) => sendError(response, 429, { code: 'QUEUE_FULL' }, { 'retry-after': '0.001' }));
    const client = new VisionClient({ baseURL: server.url });
    const error = await client.listModels().catch((reason: unknown) => reason);
    expect(BusyError.isInstance(error) && error.retryAfterMs).toBe(1);
    expect(server.seen).toHaveLength(3);
    await expect(client.listModels({ maxRetries: 0 })).rejects.toMatchObject({ response: { status: 429 } });
    expect(server.seen).toHaveLength(4);
  });

  it('are not tried again on 400, 401, 404, 413, 422 or 500', async () => {
    const statuses = [400, 401, 404, 413, 422, 500];
    await using server = await startStubServer((response, _, index) => sendError(response, statuses[index] ?? 200, {}));
    const client = new VisionClient({ baseURL: server.url });
    for (const status of statuses) await expect(client.listModels()).rejects.toMatchObject({ response: { status } });
    expect(server.seen).toHaveLength(statuses.length);
  });

  it('are not tried again once the answer has begun', async () => {
    await using server = await startStubServer(async (response) => {
      beginStream(response);
      await new Promise((resolve) => setTimeout(resolve, 10));
      response.destroy();
    });
    const error = await new VisionClient({ baseURL: server.url })
      .model('nano')
      .generate({ prompt: '' })
      .catch((reason: unknown) => reason);
    expect(ConnectionError.isInstance(error)).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  it('report the error at once when the wait would outlast the timeout', async () => {
    await using server = await startStubServer((response) => sendError(response, 429, { code: 'QUEUE_FULL' }, { 'retry-after': '30' }));
    await expect(new VisionClient({ baseURL: server.url, timeout: 2000 }).listModels()).rejects.toMatchObject({
      response: { status: 429 },
      retryAfterMs: 30_000,
    });
    expect(server.seen).toHaveLength(1);
  });

  it('reach a server that comes up between two tries', async () => {
    let calls = 0;
    await using server = await startStubServer((response) => sendJson(response, 200, { data: [{ id: 'nano' }] }));
    const dead = await findDeadUrl();
    const fetch = ((input: string, init: RequestInit) =>
      globalThis.fetch(++calls === 1 ? input : input.replace(dead, server.url), init)) as typeof globalThis.fetch;
    expect(await new VisionClient({ baseURL: dead, fetch }).listModels()).toEqual([{ id: 'nano' }]);
    expect(calls).toBe(2);
  });

  it('say where nothing listens and what to do', async () => {
    const baseURL = await findDeadUrl();
    const error = await new VisionClient({ baseURL, maxRetries: 0 })
      .model('nano')
      .generate({ prompt: '' })
      .catch((reason: unknown) => reason);
    expect(ConnectionError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'CONNECTION_FAILED',
      response: undefined,
      url: baseURL,
      message: `No connection to ${baseURL} (ECONNREFUSED).`,
    });
    expect((error as ConnectionError).hint).toContain('h2ovl serve');
  });

  it('stop waiting for the next try when aborted, with the caller’s reason', async () => {
    await using server = await startStubServer((response) => sendError(response, 503, { code: 'MODEL_LOADING' }, { 'retry-after': '20' }));
    const controller = new AbortController();
    const reason = { my: 'reason' };
    const pending = new VisionClient({ baseURL: server.url }).listModels({ signal: controller.signal });
    pending.catch(() => {});
    await expect.poll(() => server.seen.length).toBe(1);
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect(server.seen).toHaveLength(1);
  });
});
