import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleFakeMain } from '../helpers/bundle-fake.ts';
import { fakeImage } from '../helpers/fake-model.ts';
import { waitUntil } from '../helpers/start-server.ts';

let main = '';
beforeAll(async () => {
  main = await bundleFakeMain();
});
afterAll(() => rm(dirname(main), { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcessWithoutNullStreams;
  readonly out: { stdout: string; stderr: string };
  send(message: object): void;
  exit(): Promise<[number | null, string | null]>;
}

function start(fake: object = {}, args: readonly string[] = []): Run {
  const child = spawn(process.execPath, [main, '--model', 'fake', ...args], { env: { ...process.env, FAKE: JSON.stringify(fake) } });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    out.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    out.stderr += chunk.toString();
  });
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  return { child, out, send: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`), exit: () => exited };
}

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' };
const read = (source: string, id = 2): object => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'read_document', arguments: { source } },
});
const smallPage = `data:image/png;base64,${Buffer.from(fakeImage(0)).toString('base64')}`;

test('answers tools/list before any model is opened', async () => {
  const run = start();
  run.send(initialize);
  run.send(initialized);
  run.send({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
  await waitUntil(() => run.out.stdout.includes('list_documents'));
  expect(run.out.stderr).not.toContain('model-ready');
  run.child.stdin.end();
  expect(await run.exit()).toEqual([0, null]);
});

test('writes nothing but JSON-RPC to stdout, and JSON lines without document text to stderr', async () => {
  const run = start({ text: 'canary-text' });
  run.send(initialize);
  run.send(initialized);
  run.send(read(smallPage));
  run.child.stdin.write('this is not JSON\n');
  await waitUntil(() => run.out.stdout.includes('canary-text'), 120_000);
  run.child.stdin.end();
  await run.exit();
  for (const line of run.out.stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  for (const line of run.out.stderr.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) });
  expect(run.out.stderr).not.toContain('canary');
});

test('a command in a pipe gets all its answers: what came before the end of the input is answered', async () => {
  const run = start({ tokens: 100, tokenMs: 5 });
  const list = { jsonrpc: '2.0', id: 3, method: 'tools/list' };
  run.child.stdin.end([initialize, initialized, read(smallPage), list].map((message) => JSON.stringify(message)).join('\n'));
  expect(await run.exit()).toEqual([0, null]);
  const answers = run.out.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly id: number });
  expect(answers.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
  expect(run.out.stdout).toContain('word99');
});

test('after the end of its input a signal stops the running work before its end', async () => {
  const run = start({ tokens: 100_000, tokenMs: 20 });
  run.send(initialize);
  run.send(initialized);
  run.send(read(smallPage));
  await waitUntil(() => run.out.stderr.includes('"running":1'), 120_000); // the line reader opens first
  run.child.stdin.end();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(run.child.exitCode).toBeNull();
  run.child.kill('SIGTERM');
  expect(await run.exit()).toEqual([0, null]);
  expect(run.out.stderr).toContain('"event":"aborted"');
  expect(run.out.stderr).not.toContain('"event":"answer"');
});

test('a call that is cancelled does not keep it alive', async () => {
  const run = start({ tokens: 100_000 });
  run.send(initialize);
  run.send(initialized);
  run.send(read(smallPage));
  await waitUntil(() => run.out.stderr.includes('"running":1'), 120_000); // the line reader opens first
  run.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } });
  run.child.stdin.end();
  expect(await run.exit()).toEqual([0, null]);
});

test('stops when the process that started it is gone', async () => {
  const folder = dirname(main);
  const input = [initialize, initialized, read(smallPage)].map((message) => JSON.stringify(message)).join('\n');
  await writeFile(join(folder, 'input'), input);
  const command = `"${process.execPath}" "${main}" --model fake < input > output 2> log & for i in $(seq 300); do grep -q '"running":1' log && break; sleep 0.1; done`;
  const shell = spawn('sh', ['-c', command], { cwd: folder, env: { ...process.env, FAKE: '{"tokens":100000}' } });
  await once(shell, 'exit');
  const logged = (): string => readFileSync(join(folder, 'log'), 'utf8');
  expect(logged()).toContain('"running":1');
  await waitUntil(() => logged().includes('"running":0'));
  expect(logged()).toContain('"cause":"orphaned"');
});

test('says what it cannot read: no JSON, no JSON-RPC, an empty batch', async () => {
  const run = start();
  run.child.stdin.end('{"jsonrpc":\n{"id":7,"method":5}\n{"foo":1}\n[]\n');
  expect(await run.exit()).toEqual([0, null]);
  expect(
    run.out.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { jsonrpc: '2.0', id: null, error: { code: -32700 } },
    { jsonrpc: '2.0', id: 7, error: { code: -32600 } },
    { jsonrpc: '2.0', id: null, error: { code: -32600 } },
    { jsonrpc: '2.0', id: null, error: { code: -32600 } },
  ]);
});

test('answers a batch of the 2025-03-26 era with one line', async () => {
  const run = start();
  const hello = { ...initialize, params: { ...initialize.params, protocolVersion: '2025-03-26' } };
  const batch = [{ jsonrpc: '2.0', id: 'a', method: 'tools/list' }, initialized, { jsonrpc: '2.0', id: 'b', method: 'ping' }, { id: 'c' }];
  run.child.stdin.end([hello, initialized, batch].map((message) => JSON.stringify(message)).join('\n'));
  expect(await run.exit()).toEqual([0, null]);
  const lines = run.out.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(lines).toContainEqual(expect.objectContaining({ id: 1 }));
  const answers = lines.find((line) => Array.isArray(line)) as { readonly id: string }[];
  expect(answers.map(({ id }) => id).sort()).toEqual(['a', 'b']);
});

test('SIGTERM lets the running answer finish and exits 0; SIGINT exits 130', async () => {
  const run = start({ tokens: 100, tokenMs: 5 });
  run.send(initialize);
  run.send(initialized);
  run.send(read(smallPage));
  await waitUntil(() => run.out.stderr.includes('"running":1'), 120_000); // the line reader opens first
  run.child.kill('SIGTERM');
  expect(await run.exit()).toEqual([0, null]);
  expect(run.out.stdout).toContain('word99');

  const interrupted = start();
  await waitUntil(() => interrupted.out.stderr.includes('"listening"'));
  interrupted.child.kill('SIGINT');
  expect(await interrupted.exit()).toEqual([130, null]);
});

test('takes a 20 MB image as a data: URL on one line', async () => {
  const big = Buffer.concat([fakeImage(1), Buffer.alloc(20 * 1024 * 1024)]);
  const run = start();
  run.send(initialize);
  run.send(initialized);
  run.send(read(`data:image/png;base64,${big.toString('base64')}`));
  await waitUntil(() => run.out.stdout.includes('Salem 20438'), 120_000);
  run.child.stdin.end();
  expect(await run.exit()).toEqual([0, null]);
});

test('a line over the limit closes the connection, and the process ends', async () => {
  const run = start();
  run.send(initialize);
  run.child.stdin.on('error', () => {}); // it closes while we write
  const piece = Buffer.alloc(1024 * 1024, 'a');
  for (let count = 0; count < 100 && run.child.exitCode === null; count += 1) {
    if (!run.child.stdin.write(piece)) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(await run.exit()).toEqual([0, null]);
});

test('wrong flags exit 2 with a sentence and nothing on stdout', async () => {
  const run = start({}, ['--nonsense']);
  expect(await run.exit()).toEqual([2, null]);
  expect(run.out.stdout).toBe('');
  expect(run.out.stderr).toMatch(/^h2ovl-mcp: unknown option '--nonsense'\. h2ovl-mcp --help lists the options\.\n$/);
});
