import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { type FakeModelOptions, fakeEngine } from '../helpers/fake-model.ts';
import { makeFolder, type RunningServer, runOnce, startHttp, waitUntil } from '../helpers/start-server.ts';

let server: RunningServer;
afterEach(() => server?.stop());

async function start(options: FakeModelOptions = {}, args: readonly string[] = []): Promise<ReturnType<typeof fakeEngine>> {
  const engine = fakeEngine(options);
  server = await startHttp(engine, args);
  return engine;
}

const chat = { model: 'fake', messages: [{ role: 'user', content: 'Hello.' }] };

async function post(
  body: string | ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
): Promise<{ status: number; error: Record<string, unknown> }> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, duplex: 'half' } as RequestInit;
  const response = await fetch(`${server.url}/v1/chat/completions`, init);
  return { status: response.status, error: ((await response.json()) as { error?: Record<string, unknown> }).error ?? {} };
}

/** A raw request, since fetch does not let one choose the Host. */
async function rawStatus(path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  const request = httpRequest(`${server.url}${path}`, { method, headers });
  request.end();
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

test('wrong bodies are coded errors that name the field, and the server lives on', async () => {
  await start();
  const user = (content: unknown): string => JSON.stringify({ model: 'fake', messages: [{ role: 'user', content }] });
  const cases: [string, number, string, string | null][] = [
    ['{', 400, 'INVALID_ARGUMENT', null],
    ['[]', 400, 'INVALID_ARGUMENT', null],
    ['null', 400, 'INVALID_ARGUMENT', null],
    ['', 400, 'INVALID_ARGUMENT', null],
    [JSON.stringify({ ...chat, messages: undefined }), 400, 'INVALID_ARGUMENT', 'messages'],
    [JSON.stringify({ ...chat, messages: [] }), 400, 'INVALID_ARGUMENT', 'messages'],
    [JSON.stringify({ ...chat, messages: [{ role: 'tool', content: '' }] }), 400, 'INVALID_ARGUMENT', 'messages[0].role'],
    [JSON.stringify({ ...chat, max_tokens: '5' }), 400, 'INVALID_ARGUMENT', 'max_tokens'],
    [JSON.stringify({ ...chat, stop: [''] }), 400, 'INVALID_ARGUMENT', 'stop[0]'],
    [JSON.stringify({ ...chat, response_format: { type: 'xml' } }), 400, 'INVALID_ARGUMENT', 'response_format.type'],
    [user([{ type: 'text' }]), 400, 'INVALID_ARGUMENT', 'messages[0].content[0].text'],
    [user([{ type: 'input_audio' }]), 400, 'INVALID_ARGUMENT', 'messages[0].content[0].type'],
    [
      user([{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }]),
      400,
      'INVALID_ARGUMENT',
      'messages[0].content[0].image_url.url',
    ],
    [
      user([{ type: 'image_url', image_url: { url: 'data:image/png;base64,%%%' } }]),
      400,
      'INVALID_ARGUMENT',
      'messages[0].content[0].image_url.url',
    ],
  ];
  for (const [body, status, code, param] of cases)
    expect([body, await post(body)]).toMatchObject([body, { status, error: { code, param } }]);
  expect(await post('{}', { 'content-type': 'text/plain' })).toMatchObject({ status: 415, error: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
  expect((await post(JSON.stringify(chat))).status).toBe(200);
});

test('a body over 64 MB is refused at its declared length, or while it arrives, and the connection does not hang', async () => {
  await start();
  const status = await new Promise<number>((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', reject);
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1073741824\r\n\r\n{"a":"',
    );
    socket.once('data', (data) => resolve(Number(data.toString().split(' ')[1])));
    socket.setTimeout(5000, () => reject(new Error('No answer in 5 s.')));
    socket.once('close', () => reject(new Error('Closed without an answer.')));
  });
  expect(status).toBe(413);

  const chunk = Buffer.alloc(1024 * 1024, 'a');
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      sent += 1;
      if (sent > 1024) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const outcome = await post(endless).then(
    (answer) => answer.status,
    () => 'connection closed',
  );
  expect([413, 'connection closed']).toContain(outcome);
  expect(sent).toBeLessThan(200); // of the 1024 MB it would have sent
  expect((await post(JSON.stringify(chat))).status).toBe(200);
}, 300_000);

test('evil Host and Origin are 403 on every door, health and MCP included', async () => {
  await start();
  for (const path of ['/health', '/v1/models', '/mcp']) {
    expect([path, await rawStatus(path, { host: 'evil.example.com' })]).toEqual([path, 403]);
    expect([path, await rawStatus(path, { host: 'localhost', origin: 'http://evil.example.com' })]).toEqual([path, 403]);
    expect([path, await rawStatus(path, { host: 'localhost', origin: 'null' })]).toEqual([path, 403]);
  }
  expect(await rawStatus('/health', { host: 'localhost' })).toBe(200);
  expect((await fetch(`${server.url}/health`)).headers.get('access-control-allow-origin')).toBeNull();
});

test('with a token every door needs it, and health without it says that the server lives, and no more', async () => {
  const engine = fakeEngine();
  server = await startHttp(engine, [], { H2OVL_API_KEY: 'secret-key' });
  for (const [path, method] of [
    ['/v1/models', 'GET'],
    ['/v1/models/fake', 'GET'],
    ['/v1/info', 'GET'],
    ['/mcp', 'POST'],
    ['/v1/chat/completions', 'POST'],
  ] as const) {
    expect(await rawStatus(path, { host: 'localhost' }, method)).toBe(401);
    expect(await rawStatus(path, { host: 'localhost', authorization: 'Bearer secret-kex' }, method)).toBe(401);
  }
  const response = await fetch(`${server.url}/v1/models`);
  expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
  expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: 'idle' });
  expect(await rawStatus('/health', { host: 'evil.example.com' })).toBe(403);
  const health = await fetch(`${server.url}/health`, { headers: { authorization: 'Bearer secret-key' } });
  expect(await health.json()).toMatchObject({ status: 'idle', model: 'fake', queue: { waiting: 0 } });
  expect(server.log()).not.toContain('secret-key');
});

test('a bind that others can reach is refused without a token', async () => {
  const { code, stderr } = await runOnce(['--http', '--host', '0.0.0.0', '--port', '0'], fakeEngine());
  expect([code, stderr]).toEqual([2, expect.stringContaining('bearer token is needed')]);
});

test('a port in use is a sentence and exit 2', async () => {
  await start();
  const { code, stderr } = await runOnce(['--http', '--port', new URL(server.url).port], fakeEngine());
  expect([code, stderr]).toEqual([2, expect.stringContaining('another program listens there')]);
});

test('unknown paths are 404, wrong methods 405 with Allow, both in the envelope with a request id', async () => {
  await start();
  const missing = await fetch(`${server.url}/v1/embeddings`);
  expect([missing.status, await missing.json()]).toMatchObject([404, { error: { code: 'NOT_FOUND', type: 'not_found_error' } }]);
  const wrong = await fetch(`${server.url}/v1/chat/completions`);
  expect([wrong.status, wrong.headers.get('allow'), wrong.headers.get('x-request-id')]).toEqual([
    405,
    'POST',
    expect.stringMatching(/^req_/),
  ]);
});

test('lists its model, shows it by name, and no other', async () => {
  await start();
  const model = { id: 'fake', object: 'model', owned_by: 'h2ovl' };
  expect(await (await fetch(`${server.url}/v1/models`)).json()).toMatchObject({ object: 'list', data: [model] });
  expect(await (await fetch(`${server.url}/v1/models/fake`)).json()).toMatchObject(model);
  const other = await fetch(`${server.url}/v1/models/gpt-4%2Fx`);
  expect([other.status, await other.json()]).toMatchObject([
    404,
    { error: { code: 'MODEL_NOT_FOUND', param: 'model', message: expect.stringContaining('gpt-4/x') } },
  ]);
  const wrong = await fetch(`${server.url}/v1/models/fake`, { method: 'DELETE' });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect((await fetch(`${server.url}/v1/models/`)).status).toBe(404);
});

test('SIGTERM: no new connections, the running answer is finished, exit 0; SIGINT exits 130', async () => {
  const engine = await start({ tokens: 60, tokenMs: 5 });
  const running = post(JSON.stringify(chat));
  await waitUntil(() => engine.models[0]?.running === 1);
  const exit = server.stop('SIGTERM');
  await waitUntil(() => server.log().includes('"stopping"'));
  await expect(fetch(`${server.url}/health`)).rejects.toThrow();
  expect((await running).status).toBe(200);
  expect(await exit).toBe(0);
  expect(engine.models[0]?.disposals).toBe(1);

  await start();
  expect(await server.stop('SIGINT')).toBe(130);
});

test('a client that vanishes while waiting in line leaves it', async () => {
  const engine = await start({ tokens: 100_000 });
  const aborts = Array.from({ length: 6 }, () => new AbortController());
  const calls = aborts.map(({ signal }) =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(chat),
      signal,
    }).catch(() => 'gone'),
  );
  const queue = async (): Promise<{ running: number; waiting: number }> =>
    ((await (await fetch(`${server.url}/health`)).json()) as { queue: { running: number; waiting: number } }).queue;
  await waitUntil(() => engine.models[0]?.running === 4);
  while ((await queue()).waiting < 2);
  for (const abort of aborts) abort.abort();
  await Promise.all(calls);
  await waitUntil(() => engine.models[0]?.running === 0, 1000);
  expect(await queue()).toMatchObject({ running: 0, waiting: 0 });
});

test('MCP and HTTP share one line', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder.path, 'x.png'), 'x');
  const engine = await start({ tokens: 50 }, ['--root', folder.path, '--queue', '0']);
  const call = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'ask_document', arguments: { source: 'x.png', question: 'Who?' } },
  };
  const calls = Array.from({ length: 4 }, () => post(JSON.stringify(chat)));
  await waitUntil(() => engine.models[0]?.running === 4);
  const { createMcpCall } = await import('../helpers/mcp-call.ts');
  const answer = await createMcpCall(server.url)(call);
  expect(JSON.stringify(answer)).toContain('QUEUE_FULL');
  await Promise.all(calls);
  await folder.remove();
});
