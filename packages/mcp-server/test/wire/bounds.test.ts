import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { BodyBudget } from '../../src/bodies/read-body.ts';
import type { Engine } from '../../src/engine.ts';
import { openRoots } from '../../src/files/document-roots.ts';
import { withDocument } from '../../src/mcp/tool-context.ts';
import { runServer } from '../../src/run-server.ts';
import { fakeEngine, fakeOutputSchema } from '../helpers/fake-model.ts';
import { makeFolder, type RunningServer, startHttp, waitUntil } from '../helpers/start-server.ts';

let server: RunningServer | undefined;
afterEach(() => server?.stop());

const chat = { model: 'fake', messages: [{ role: 'user', content: 'Hello.' }] };
const withSchema = { ...chat, response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } } };

const post = (path: string, body: string): Promise<Response> =>
  fetch(`${server?.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body,
  });

/** An engine whose schemas hold the event loop as a large one does. */
function busyEngine(): Engine & { compiled: number } {
  const engine = {
    ...fakeEngine({ text: '{}' }),
    compiled: 0,
    makeOutputSchema: (schema: Readonly<Record<string, unknown>>) => {
      engine.compiled += 1;
      const end = performance.now() + 30;
      while (performance.now() < end);
      return fakeOutputSchema(schema);
    },
  };
  return engine;
}

test('a schema is compiled only for a request that has a place in the queue, for counting, too', async () => {
  const engine = fakeEngine({ gate: () => new Promise<never>(() => {}) });
  let compiled = 0;
  const counting: Engine = {
    ...engine,
    makeOutputSchema: (schema) => {
      compiled += 1;
      return fakeOutputSchema(schema);
    },
  };
  server = await startHttp(counting, ['--queue', '0']);
  const abort = new AbortController();
  const held = Array.from({ length: 4 }, () =>
    fetch(`${server?.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(withSchema),
      signal: abort.signal,
    }).catch(() => undefined),
  );
  await waitUntil(() => engine.models[0]?.running === 4);
  const refused = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      post(index % 2 === 0 ? '/v1/chat/completions' : '/v1/count_tokens', JSON.stringify(withSchema)),
    ),
  );
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([429]));
  expect(compiled).toBe(4);
  abort.abort();
  await Promise.all(held);
});

test('while many schemas are compiled, health is answered again and again', async () => {
  const engine = busyEngine();
  server = await startHttp(engine, ['--queue', '30']);
  const answers = Promise.all(Array.from({ length: 20 }, () => post('/v1/chat/completions', JSON.stringify(withSchema))));
  const compiledAt: number[] = [];
  while (engine.compiled < 20) {
    await (await fetch(`${server.url}/health`)).json();
    compiledAt.push(engine.compiled);
  }
  expect(new Set((await answers).map(({ status }) => status))).toEqual(new Set([200]));
  // Answered at many different points of the work, and not only before and after it.
  expect(new Set(compiledAt.filter((count) => count > 0 && count < 20)).size).toBeGreaterThan(5);
});

test('JSON that is nested 100,000 deep, and a million brackets, are refused by size on every door', async () => {
  server = await startHttp(fakeEngine());
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  const wide = `[${'[],'.repeat(1_000_000)}0]`;
  for (const value of [deep, wide]) {
    for (const path of ['/v1/chat/completions', '/v1/count_tokens']) {
      for (const body of [value, `{"model":"fake","messages":${value}}`]) {
        const response = await post(path, body);
        expect([path, response.status, await response.json()]).toMatchObject([path, 400, { error: { code: 'INVALID_ARGUMENT' } }]);
      }
    }
    const mcp = await post('/mcp', `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${value}}`);
    expect([mcp.status, await mcp.json()]).toMatchObject([
      400,
      { error: { code: -32700, message: expect.stringMatching(/JSON (is nested|has more)/) } },
    ]);
  }
  expect((await post('/v1/chat/completions', JSON.stringify(chat))).status).toBe(200);
});

test('a line of stdio is bounded the same way, and the next is answered', async () => {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const exit = runServer({ args: ['--model', 'fake'], env: {}, ...streams, stopped: new Promise(() => {}) }, fakeEngine());
  let output = '';
  streams.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  streams.stdin.write(`${'['.repeat(100_000)}\n`);
  const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
  streams.stdin.end(`${JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'initialize', params: initialize })}\n`);
  expect(await exit).toBe(0);
  const lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: unknown; error?: { code: number; message: string } });
  expect(lines[0]).toMatchObject({ id: null, error: { code: -32700, message: expect.stringContaining('nested deeper than 100') } });
  expect(lines[1]).toMatchObject({ id: 7 });
});

test('files of all calls together are bounded before they are read, and their room comes back', async () => {
  const folder = await makeFolder();
  await writeFile(join(folder.path, 'big.png'), '');
  await truncate(join(folder.path, 'big.png'), 800);
  const files = new BodyBudget(1400);
  const tools = { roots: await openRoots([folder.path]), files } as unknown as Parameters<typeof withDocument>[0];
  const ctx = { mcpReq: { signal: new AbortController().signal } } as unknown as Parameters<typeof withDocument>[1];
  let heldWithin = 0;
  await withDocument(tools, ctx, 'big.png', async (document) => {
    heldWithin = files.held;
    expect(document.bytes).toHaveLength(800);
    await expect(withDocument(tools, ctx, 'big.png', async () => 'read')).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    await expect(withDocument(tools, ctx, 'receipt.png', async () => 'read')).resolves.toBe('read');
  });
  expect([heldWithin, files.held]).toEqual([800, 0]);
  const failed = withDocument(tools, ctx, 'big.png', () => Promise.reject(new Error('later')));
  await expect(failed).rejects.toThrow('later');
  expect(files.held).toBe(0);
  await folder.remove();
});
