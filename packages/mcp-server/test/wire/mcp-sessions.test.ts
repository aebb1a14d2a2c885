import type { McpServer } from '@modelcontextprotocol/server';
import { afterEach, expect, test } from 'vitest';
import { createMcpServer } from '../../src/mcp/create-mcp-server.ts';
import { McpSessions } from '../../src/mcp/mcp-sessions.ts';
import { ModelHost } from '../../src/queue/model-host.ts';
import { ModelRunner } from '../../src/queue/model-runner.ts';
import { WorkQueue } from '../../src/queue/work-queue.ts';
import { FakeModel, type FakeModelOptions, fakeEngine, fakeImage, fakeOutputSchema } from '../helpers/fake-model.ts';
import { createMcpCall } from '../helpers/mcp-call.ts';
import { type RunningServer, startHttp, waitUntil } from '../helpers/start-server.ts';

const quiet = (): void => {};
const source = `data:image/png;base64,${Buffer.from(fakeImage(0)).toString('base64')}`;
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};
const readPage = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'read_document', arguments: { source } } };

function makeSessions(options: { maxSessions?: number; idleMs?: number; fake?: FakeModelOptions; createMs?: number } = {}): {
  sessions: McpSessions;
  model: FakeModel;
  tick: (ms: number) => void;
} {
  const model = new FakeModel(options.fake);
  const host = new ModelHost({ id: 'fake', load: async () => model, log: quiet });
  const runner = new ModelRunner({ host, queue: new WorkQueue(), log: quiet });
  const tools = { runner, roots: { folders: [] }, makeOutputSchema: fakeOutputSchema, log: quiet };
  let time = 0;
  const createServer = async (): Promise<McpServer> => {
    if (options.createMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.createMs));
    return createMcpServer(tools);
  };
  const sessions = new McpSessions({ createServer, now: () => time, ...options });
  return {
    sessions,
    model,
    tick: (ms) => {
      time += ms;
    },
  };
}

async function send(sessions: McpSessions, body: unknown, id?: string, init: RequestInit = {}): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(id === undefined ? {} : { 'mcp-session-id': id }),
  };
  const request = new Request('http://localhost/mcp', { method: 'POST', headers, body: JSON.stringify(body), ...init });
  return sessions.fetch(request, body);
}

async function begin(sessions: McpSessions): Promise<string> {
  const response = await send(sessions, initialize);
  await response.text();
  return response.headers.get('mcp-session-id') ?? '';
}

test('a session begins with initialize, has a random id, and ends with DELETE', async () => {
  const { sessions } = makeSessions();
  expect((await send(sessions, readPage)).status).toBe(400);
  expect((await send(sessions, readPage, 'unknown')).status).toBe(404);
  const [a, b] = [await begin(sessions), await begin(sessions)];
  expect(a).toMatch(/^[0-9a-f-]{36}$/);
  expect(a).not.toBe(b);
  expect(await (await send(sessions, { jsonrpc: '2.0', id: 3, method: 'ping' }, a)).text()).toContain('"result":{}');
  const end = new Request('http://localhost/mcp', { method: 'DELETE', headers: { 'mcp-session-id': a } });
  expect((await sessions.fetch(end, undefined)).status).toBe(200);
  expect((await send(sessions, { jsonrpc: '2.0', id: 4, method: 'ping' }, a)).status).toBe(404);
  await sessions.close();
});

const ping = { jsonrpc: '2.0', id: 3, method: 'ping' };

/** The status, once the answer was read to its end. */
async function askPing(sessions: McpSessions, id: string): Promise<number> {
  const response = await send(sessions, ping, id);
  await response.text();
  return response.status;
}

test('idle sessions expire', async () => {
  const { sessions, tick } = makeSessions({ idleMs: 1000 });
  const id = await begin(sessions);
  tick(1001);
  expect((await send(sessions, { jsonrpc: '2.0', id: 3, method: 'ping' }, id)).status).toBe(404);
  expect(sessions.size).toBe(0);
});

test('200 initialises leave no more sessions than the cap, and the one longest unused makes room', async () => {
  const { sessions, tick } = makeSessions({ maxSessions: 3 });
  const first = await begin(sessions);
  for (let count = 0; count < 200; count += 1) {
    tick(1);
    await begin(sessions);
  }
  expect(sessions.size).toBe(3);
  expect((await send(sessions, { jsonrpc: '2.0', id: 3, method: 'ping' }, first)).status).toBe(404);
  await sessions.close();
});

test('when every session is at work a newcomer is told to come back', async () => {
  const { sessions, model } = makeSessions({ maxSessions: 1, fake: { tokens: 100_000 } });
  const id = await begin(sessions);
  const call = await send(sessions, readPage, id);
  await waitUntil(() => model.running === 1);
  const refused = await send(sessions, initialize);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
  await call.body?.cancel();
  await waitUntil(() => model.running === 0, 1000);
  expect((await send(sessions, initialize)).status).toBe(200);
  await sessions.close();
});

test('a session with an open stream is in use: it outlives the idle time and newcomers, which take the idle ones', async () => {
  const { sessions, tick } = makeSessions({ maxSessions: 2, idleMs: 1000 });
  const connected = await begin(sessions);
  const listen = new Request('http://localhost/mcp', {
    headers: { 'mcp-session-id': connected, accept: 'text/event-stream', 'mcp-protocol-version': '2025-11-25' },
  });
  const stream = await sessions.fetch(listen, undefined);
  expect(stream.status).toBe(200);
  tick(1);
  const idle = await begin(sessions);
  tick(1);
  await begin(sessions); // takes the place of the idle one, though the connected one is older
  expect((await send(sessions, ping, idle)).status).toBe(404);
  tick(100_000);
  expect(await askPing(sessions, connected)).toBe(200);
  await stream.body?.cancel();
  tick(1001);
  expect((await send(sessions, ping, connected)).status).toBe(404);
  await sessions.close();
});

test('a session that only asks keeps itself alive, and 512 of them stay', async () => {
  const { sessions, tick } = makeSessions();
  const first = await begin(sessions);
  for (let count = 0; count < 511; count += 1) await begin(sessions);
  tick(24 * 60 * 60_000);
  expect(await askPing(sessions, first)).toBe(200);
  tick(1);
  expect(await askPing(sessions, first)).toBe(200);
  expect(sessions.size).toBe(1);
  await sessions.close();
});

test('sessions that begin at the same time count, too', async () => {
  const { sessions } = makeSessions({ maxSessions: 3, createMs: 5 });
  const ids = await Promise.all(Array.from({ length: 12 }, () => begin(sessions)));
  expect(sessions.size).toBeLessThanOrEqual(3);
  expect(ids.filter((id) => id !== '').length).toBeGreaterThanOrEqual(3);
  await sessions.close();
});

const withId = (id: number | string, more: object = readPage): object => ({ ...more, id });
const cancelled = (requestId: number | string): object => ({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });

test('a call that its client cancelled by a message ends its stream, and its session is not in use any more', async () => {
  const { sessions, model } = makeSessions({ maxSessions: 1, fake: { tokens: 100_000 } });
  const id = await begin(sessions);
  const call = await send(sessions, readPage, id);
  await waitUntil(() => model.running === 1);
  expect((await send(sessions, cancelled(2), id)).status).toBe(202);
  expect(await call.text()).toBe(''); // a cancelled request gets no answer
  await waitUntil(() => model.running === 0);
  expect((await send(sessions, cancelled(2), id)).status).toBe(202); // once more does nothing
  expect((await send(sessions, initialize)).status).toBe(200); // it made room
  await sessions.close();
});

test('of a batch, one request is cancelled and the others are answered', async () => {
  const { sessions, model } = makeSessions({ fake: { tokens: 300, tokenMs: 1 } });
  const id = await begin(sessions);
  const call = await send(sessions, [withId('a'), withId('b')], id);
  await waitUntil(() => model.running >= 1);
  await send(sessions, cancelled('a'), id);
  const text = await call.text();
  expect(text).toContain('word299');
  expect(text.match(/"id":"a"/g)).toHaveLength(1);
  expect(text).toContain('cancelled');
  await sessions.close();
});

test('an id that is under way in a session is not taken twice: the first call keeps its answer, and nothing hangs', async () => {
  const { sessions, model } = makeSessions({ fake: { tokens: 2000, tokenMs: 1 } });
  const id = await begin(sessions);
  const first = await send(sessions, readPage, id);
  await waitUntil(() => model.running === 1);
  const second = await send(sessions, withId(2, ping), id);
  expect([second.status, await second.text()]).toEqual([400, expect.stringContaining('the id 2 is that of another request')]);
  expect((await send(sessions, [withId(3, ping), withId(3, ping)], id)).status).toBe(400);
  expect(await askPing(sessions, id)).toBe(200);
  expect(await first.text()).toContain('word1999');
  for (let count = 0; count < 20; count += 1) expect(await askPing(sessions, id)).toBe(200); // one after the other it may be the same
  await sessions.close();
});

test('a client that lost its stream without a word opens another in its place', async () => {
  const { sessions, tick } = makeSessions({ maxSessions: 1, idleMs: 1000 });
  const id = await begin(sessions);
  const listen = (accept = 'text/event-stream'): Promise<Response> =>
    sessions.fetch(new Request('http://localhost/mcp', { headers: { 'mcp-session-id': id, accept } }), undefined);
  const lost = await listen();
  expect((await listen('text/html')).status).toBe(406); // what is refused takes nobody's place
  const reader = lost.body?.getReader();
  const again = await listen();
  expect([lost.status, again.status]).toEqual([200, 200]);
  expect((await reader?.read())?.done).toBe(true);
  tick(100_000);
  expect(await askPing(sessions, id)).toBe(200); // the second holds the session
  await again.body?.cancel();
  await sessions.close();
});

test('DELETE in the middle of a call stops it and ends its stream', async () => {
  const { sessions, model } = makeSessions({ fake: { tokens: 100_000 } });
  const id = await begin(sessions);
  const call = await send(sessions, readPage, id);
  await waitUntil(() => model.running === 1);
  const end = new Request('http://localhost/mcp', { method: 'DELETE', headers: { 'mcp-session-id': id } });
  expect((await sessions.fetch(end, undefined)).status).toBe(200);
  expect(await call.text()).toBe('');
  await waitUntil(() => model.running === 0);
  expect(sessions.size).toBe(0);
});

let server: RunningServer | undefined;
afterEach(() => server?.stop());

test('a connection that closes stops its call in both eras', async () => {
  const engine = fakeEngine({ tokens: 100_000 });
  server = await startHttp(engine);
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const started = await fetch(`${server.url}/mcp`, { method: 'POST', headers, body: JSON.stringify(initialize) });
  await started.text();
  const sessionHeaders = { ...headers, 'mcp-session-id': started.headers.get('mcp-session-id') ?? '' };
  const abort = new AbortController();
  const legacy = fetch(`${server.url}/mcp`, {
    method: 'POST',
    headers: sessionHeaders,
    body: JSON.stringify(readPage),
    signal: abort.signal,
  });
  await waitUntil(() => engine.models[0]?.running === 1);
  abort.abort();
  await legacy.then((response) => response.text()).catch(() => '');
  await waitUntil(() => engine.models[0]?.running === 0, 1000);

  const modernAbort = new AbortController();
  const original = globalThis.fetch;
  globalThis.fetch = (input, init) => original(input, { ...init, signal: modernAbort.signal });
  const modern = createMcpCall(server.url)(readPage).catch(() => 'closed');
  await waitUntil(() => engine.models[0]?.running === 1);
  modernAbort.abort();
  globalThis.fetch = original;
  expect(await modern).toBe('closed');
  await waitUntil(() => engine.models[0]?.running === 0, 1000);
});

test('bodies that are not JSON, too large or of another type are refused on /mcp too', async () => {
  server = await startHttp(fakeEngine());
  const post = async (body: string, type = 'application/json'): Promise<number> =>
    (
      await fetch(`${server?.url}/mcp`, {
        method: 'POST',
        headers: { 'content-type': type, accept: 'application/json, text/event-stream' },
        body,
      })
    ).status;
  expect(await post('{')).toBe(400);
  expect(await post('{}', 'text/plain')).toBe(415);
  expect(await post(`"${'a'.repeat(64 * 1024 * 1024)}"`).catch(() => 413)).toBe(413);
  expect(await post(JSON.stringify(initialize))).toBe(200);
});

test('SIGTERM: MCP calls in work are answered in both eras before the server ends', async () => {
  const engine = fakeEngine({ tokens: 60, tokenMs: 5 });
  const own = await startHttp(engine);
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const started = await fetch(`${own.url}/mcp`, { method: 'POST', headers, body: JSON.stringify(initialize) });
  await started.text();
  const sessionHeaders = { ...headers, 'mcp-session-id': started.headers.get('mcp-session-id') ?? '' };
  const legacy = fetch(`${own.url}/mcp`, { method: 'POST', headers: sessionHeaders, body: JSON.stringify(readPage) }).then((response) =>
    response.text(),
  );
  const modern = createMcpCall(own.url)(readPage);
  await waitUntil(() => engine.models[0]?.running === 2);
  const exit = own.stop('SIGTERM');
  expect(await legacy).toContain('word59');
  expect(JSON.stringify(await modern)).toContain('word59');
  expect(await exit).toBe(0);
});
