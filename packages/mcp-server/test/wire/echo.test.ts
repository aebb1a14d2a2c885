import { homedir } from 'node:os';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { afterEach, expect, test } from 'vitest';
import { fakeEngine } from '../helpers/fake-model.ts';
import { createMcpCall } from '../helpers/mcp-call.ts';
import { makeFolder, type RunningServer, startHttp } from '../helpers/start-server.ts';

let server: RunningServer | undefined;
afterEach(() => server?.stop());

const huge = 'A'.repeat(3_000_000);
const most = 3000;

test('nothing that is sent comes back at length, over either door', async () => {
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
  ]) {
    const answer = JSON.stringify(await call(message).catch((error: Error) => error.message));
    expect([answer.slice(0, 200), answer.length < most]).toEqual([answer.slice(0, 200), true]);
  }
  await folder.remove();
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
