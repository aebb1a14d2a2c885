import { homedir } from 'node:os';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { afterEach, expect, test } from 'vitest';
import { fakeEngine } from '../helpers/fake-model.ts';
import { createMcpCall } from '../helpers/mcp-call.ts';
import { makeFolder, type RunningServer, startHttp } from '../helpers/start-server.ts';

let server: RunningServer | undefined;
afterEach(() => server?.stop());

const most = 3000;

// What is far too long is refused for its length; what is only long finds other ways back.
test.each([3_000_000, 8000])('nothing that is sent comes back at length, over either door: %i characters', async (length) => {
  const huge = 'A'.repeat(length);
  const folder = await makeFolder();
  server = await startHttp(fakeEngine(), ['--root', folder.path]);
  const chat = { model: 'fake', messages: [{ role: 'user', content: 'Hello.' }] };
  const bodies: unknown[] = [
    { ...chat, model: huge },
    { ...chat, messages: [{ role: huge, content: 'x' }] },
    { ...chat, [huge]: 1, response_format: { type: huge } },
    { ...chat, response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { [huge]: { [huge]: 1 } } }, [huge]: 1 }, n: 2 },
    { ...chat, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `http://${huge}` } }] }] },
    { ...chat, messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: `data:${huge}` } }] }] },
    { ...chat, stop: huge, temperature: huge },
  ];
  for (const body of bodies) {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    expect([response.status >= 400, text.length < most, text.slice(0, 60)]).toEqual([true, true, text.slice(0, 60)]);
  }
  for (const path of [`/v1/models/${'A'.repeat(8000)}`, `/${'A'.repeat(8000)}`, `/v1/info?model=${'A'.repeat(8000)}`]) {
    expect((await (await fetch(`${server.url}${path}`)).text()).length).toBeLessThan(most);
  }
  const call = createMcpCall(server.url);
  const messages = [
    ...[huge, `data:${huge}`, `file:${huge}`, `~/${huge}`, `https://${huge}`, `"${huge}"`].map(
      (source) => ['read_document', { source }] as const,
    ),
    ['read_document', { source: 'receipt.png', [huge]: 1 }] as const,
    ['read_document', { source: 'receipt.png', mode: huge }] as const,
    ['read_document', { source: 'receipt.png', pages: huge }] as const,
    ['list_documents', { folder: huge }] as const,
    ['list_documents', { cursor: huge }] as const,
    ['extract_json', { source: 'receipt.png', schema: { type: huge } }] as const,
    [huge, {}] as const,
  ].map(([name, args]) => ({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }));
  for (const message of [
    ...messages,
    { jsonrpc: '2.0', id: 1, method: huge, params: {} },
    { jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri: huge } },
    { jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: huge } },
    { jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: 'read_document', arguments: { [huge]: huge } } },
    { jsonrpc: '2.0', id: 1, method: 'completion/complete', params: { ref: { type: huge }, argument: { name: 'source', value: 'x' } } },
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'completion/complete',
      params: { ref: { type: 'ref/prompt', name: huge }, argument: { name: huge, value: huge } },
    },
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'completion/complete',
      params: { ref: { type: 'ref/resource', uri: huge }, argument: { name: huge, value: huge } },
    },
    { jsonrpc: '2.0', id: 1, method: 'logging/setLevel', params: { level: huge } },
  ]) {
    const answer = JSON.stringify(await call(message).catch((error: Error) => error.message));
    expect([answer.slice(0, 200), answer.length < most]).toEqual([answer.slice(0, 200), true]);
  }
  await folder.remove();
});

test('headers of MCP and the version in a message are not repeated at length either', async () => {
  server = await startHttp(fakeEngine());
  const { url } = server;
  const long = 'A'.repeat(8000);
  const meta = (version: string): object => ({
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'x', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  });
  const ask = async (method: string, params: object, headers: Record<string, string>): Promise<readonly [number, number, string]> => {
    const response = await fetch(`${url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    const text = await response.text();
    return [response.status, text.length, text];
  };
  const modern = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'list_documents' };
  const call = { name: 'list_documents', arguments: {}, _meta: meta('2026-07-28') };
  const initialize = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'x', version: '1' } };
  const refused = [
    ...Object.keys(modern).map((name) => ask('tools/call', call, { ...modern, [name]: long })),
    ask('tools/call', { ...call, _meta: meta(long) }, modern),
    ask('initialize', initialize, { 'mcp-protocol-version': long }),
    ask('tools/list', {}, { 'mcp-protocol-version': long }),
    ask('tools/list', {}, { 'mcp-session-id': long }),
  ];
  for (const [status, length, text] of await Promise.all(refused)) {
    expect([status >= 400, length < 500, text.slice(0, 300)]).toEqual([true, true, text.slice(0, 300)]);
  }
  expect((await ask('tools/call', call, modern))[0]).toBe(200);
});

test('messages of the model speak the language of the door and do not name the home folder', async () => {
  const home = join(homedir(), 'scans', 'a.png');
  const failure = new VisionError('CONTEXT_OVERFLOW', `${home} has too many tokens.`, {
    hint: 'Lower topK, or raise maxOutputTokens.',
  });
  const folder = await makeFolder();
  server = await startHttp(fakeEngine({ failure }), ['--root', folder.path]);
  const response = await fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fake', messages: [{ role: 'user', content: 'Hello.' }] }),
  });
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringMatching(/^~.scans/), hint: 'Lower top_k, or raise max_completion_tokens.' },
  });
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'read_document', arguments: { source: 'receipt.png' } } };
  const answer = JSON.stringify(await createMcpCall(server.url)(call));
  expect(answer).toContain('or raise max_tokens.');
  expect(answer).not.toContain(homedir() === '/' ? '\u0000' : join(homedir(), 'scans'));
  await folder.remove();
});
