import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { fakeEngine } from '../helpers/fake-model.ts';
import { type RunningServer, startHttp, waitUntil } from '../helpers/start-server.ts';

let server: RunningServer;
afterEach(() => server.stop());

async function start(): Promise<ReturnType<typeof fakeEngine>> {
  const engine = fakeEngine();
  server = await startHttp(engine);
  return engine;
}

const chat = { model: 'fake', messages: [{ role: 'user', content: 'Hello.' }] };

function send(path: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
    body,
  });
}

async function post(body: object): Promise<{ status: number; error: Record<string, unknown>; h2ovl: Record<string, unknown> }> {
  const response = await send('/v1/chat/completions', JSON.stringify(body));
  const { error = {}, h2ovl = {} } = (await response.json()) as { error?: Record<string, unknown>; h2ovl?: Record<string, unknown> };
  return { status: response.status, error, h2ovl };
}

test('null counts as absent', async () => {
  await start();
  expect((await post({ ...chat, max_tokens: null, response_format: null, stream: null, n: null })).status).toBe(200);
});

test('an option that would change the answer is refused by name', async () => {
  await start();
  const tool = { type: 'function', function: { name: 'f' } };
  const calls = { role: 'assistant', content: null, tool_calls: [{ id: '1', ...tool }] };
  const cases: [Record<string, unknown>, string][] = [
    [{ n: 2 }, 'n'],
    [{ tools: [tool], tool_choice: 'required' }, 'tool_choice'],
    [{ tools: [tool], tool_choice: tool }, 'tool_choice'],
    [{ functions: [{ name: 'f' }], function_call: { name: 'f' } }, 'function_call'],
    [{ logprobs: true }, 'logprobs'],
    [{ top_logprobs: 3 }, 'top_logprobs'],
    [{ presence_penalty: 0.5 }, 'presence_penalty'],
    [{ frequency_penalty: -1 }, 'frequency_penalty'],
    [{ logit_bias: { 50256: -100 } }, 'logit_bias'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ audio: { voice: 'x' } }, 'audio'],
    [{ messages: [...chat.messages, calls, ...chat.messages] }, 'messages[1].tool_calls'],
  ];
  for (const [options, param] of cases) {
    const answer = await post({ ...chat, ...options });
    expect([options, answer]).toMatchObject([
      options,
      { status: 400, error: { code: 'INVALID_ARGUMENT', param, hint: expect.any(String) } },
    ]);
  }
});

test('an option by the name it once had is refused with its name of today', async () => {
  await start();
  expect(await post({ ...chat, max_tiles: 2 })).toMatchObject({
    status: 400,
    error: { code: 'INVALID_ARGUMENT', param: 'max_tiles', hint: 'It is called tiles now.' },
  });
});

test('what is not followed and changes nothing is a warning of the answer, streamed or not', async () => {
  await start();
  const options = { tools: [{ type: 'function' }], tool_choice: 'auto', user: 'me', store: true, tile: 2, n: 1, logprobs: false };
  const message = 'Not followed: tools (the models call no tools), user, store, tile (is it tiles?).';
  expect((await post({ ...chat, ...options })).h2ovl).toMatchObject({ warnings: [{ type: 'unsupported', message }] });
  const stream = await send('/v1/chat/completions', JSON.stringify({ ...chat, ...options, stream: true }));
  expect(await stream.text()).toContain(JSON.stringify({ type: 'unsupported', message }));
  const plain = { tools: [], tool_choice: 'none', presence_penalty: 0, logit_bias: {}, modalities: ['text'] };
  const answer = await post({ ...chat, ...plain });
  expect(answer.status).toBe(200);
  expect(answer.h2ovl).not.toHaveProperty('warnings');
});

test('an image_url that is a plain string is refused with the way to write it', async () => {
  await start();
  const body = { model: 'fake', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 'data:image/png;base64,aGk=' }] }] };
  expect(await post(body)).toMatchObject({
    status: 400,
    error: { param: 'messages[0].content[0].image_url', hint: expect.stringContaining('"image_url": {"url": ') },
  });
});

test('base64 with line breaks is read as it was meant', async () => {
  const engine = await start();
  const bytes = Buffer.from(Array.from({ length: 200 }, (_, index) => index));
  const lines = bytes.toString('base64').replace(/.{76}/g, '$&\r\n');
  const url = `data:image/png;base64,${lines}\n`;
  const body = { model: 'fake', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] };
  expect((await post(body)).status).toBe(200);
  expect(engine.models[0]?.requests[0]?.messages?.[0]?.content).toEqual([{ type: 'image', image: bytes }]);
});

test('a compressed body is a 415 that names its encoding, over HTTP and MCP', async () => {
  await start();
  for (const path of ['/v1/chat/completions', '/mcp']) {
    const response = await send(path, gzipSync(JSON.stringify(chat)), { 'content-encoding': 'gzip' });
    expect([path, response.status, response.headers.get('accept-encoding')]).toEqual([path, 415, 'identity']);
    expect(await response.text()).toContain('gzip');
  }
});

test('a client that leaves while it sends its body is no failure of the server', async () => {
  await start();
  const { port } = new URL(server.url);
  for (const path of ['/v1/chat/completions', '/mcp']) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"a":`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
  }
  await waitUntil(() => server.log().split('"aborted"').length === 3);
  expect(server.log()).not.toContain('"level":"error"');
});

test('over MCP what is no JSON or no JSON-RPC gets the error of JSON-RPC', async () => {
  await start();
  const call = async (body: string | Uint8Array): Promise<unknown> => {
    const response = await send('/mcp', body);
    return { status: response.status, body: (await response.json()) as unknown };
  };
  expect(await call('{"jsonrpc":')).toMatchObject({ status: 400, body: { jsonrpc: '2.0', id: null, error: { code: -32700 } } });
  expect(await call(Uint8Array.of(0x7b, 0xff))).toMatchObject({ status: 400, body: { jsonrpc: '2.0', error: { code: -32700 } } });
  for (const body of ['{"foo":1}', '7', '[]']) {
    expect([body, await call(body)]).toMatchObject([body, { status: 400, body: { jsonrpc: '2.0', error: { code: expect.any(Number) } } }]);
  }
});
