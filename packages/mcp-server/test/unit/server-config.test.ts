import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCommandLine, type ServerConfig } from '../../src/server-config.ts';
import { fakeEngine } from '../helpers/fake-model.ts';
import { runOnce } from '../helpers/start-server.ts';

const long = 'A'.repeat(5000);

function config(args: readonly string[], env: Record<string, string> = {}): ServerConfig {
  const line = readCommandLine(args, env);
  if (line.type !== 'serve') throw new Error('It printed instead.');
  return line.config;
}

test('defaults: stdio, nano, loopback, port 7878, 16 waiting, no folder, no token', () => {
  expect(config([])).toEqual({
    transport: 'stdio',
    roots: [],
    model: 'nano',
    modelId: 'nano',
    isDefaultModel: true,
    host: '127.0.0.1',
    port: 7878,
    allowedHosts: [],
    allowedOrigins: [],
    token: undefined,
    queueLimit: 16,
    maxDecoders: 4,
    parallelAnswers: 4,
    threads: undefined,
    device: undefined,
    maxSeconds: 3600,
    statusAfterSeconds: 50,
    maxSessions: 512,
    sessionIdleMinutes: 1440,
    isPreloaded: false,
    logLevel: 'info',
    hasConformanceFixtures: false,
  });
});

test('takes several roots and hosts; flags win over the environment', () => {
  const args = [
    '--http',
    '--root',
    'a',
    '--root',
    'b',
    '--model',
    '2b',
    '--allowed-host',
    'H2OVL',
    '--threads',
    '3',
    '--device',
    'cpu',
    '--log-level',
    'error',
  ];
  const env = { H2OVL_MODEL: '0.8b', H2OVL_API_KEY: 'key', H2OVL_LOG_LEVEL: 'debug' };
  expect(config(args, env)).toMatchObject({
    transport: 'http',
    roots: ['a', 'b'],
    model: '2b',
    allowedHosts: ['h2ovl'],
    threads: 3,
    device: 'cpu',
    logLevel: 'error',
    token: 'key',
  });
  expect(config([], env)).toMatchObject({ model: '0.8b', isDefaultModel: false, logLevel: 'debug' });
});

test('a folder is addressed by its name', () => {
  expect(config(['--model', '/models/my-model/']).modelId).toBe('my-model');
  expect(config(['--model', './x/y']).modelId).toBe('y');
});

test('an address that others can reach needs a token; loopback does not', () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'example.com']) {
    expect(() => config(['--http', '--host', host])).toThrow(/bearer token is needed/);
    expect(config(['--http', '--host', host], { H2OVL_API_KEY: 'key' }).token).toBe('key');
  }
  for (const host of ['127.0.0.1', '127.5.5.5', 'localhost', '::1']) expect(config(['--http', '--host', host]).token).toBeUndefined();
});

test('reads the token from a file, and refuses an empty or missing one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'h2ovl-token-'));
  const file = join(folder, 'token');
  await writeFile(file, 'abc\n');
  expect(config(['--token-file', file], { H2OVL_API_KEY: 'other' }).token).toBe('abc');
  await writeFile(file, '\n');
  expect(() => config(['--token-file', file])).toThrow(/must hold one token/);
  await rm(folder, { recursive: true });
  expect(() => config(['--token-file', file])).toThrow(/cannot be read/);
});

test('the conformance fixtures work on loopback HTTP only', () => {
  expect(config(['--http', '--conformance-fixtures']).hasConformanceFixtures).toBe(true);
  expect(() => config(['--conformance-fixtures'])).toThrow(/loopback/);
  expect(() => config(['--http', '--host', '0.0.0.0', '--conformance-fixtures'], { H2OVL_API_KEY: 'key' })).toThrow(/loopback/);
});

test('wrong arguments end with 2 and one sentence on stderr, nothing on stdout', async () => {
  for (const args of [
    ['--nonsense'],
    ['extra'],
    ['--port', 'x'],
    ['--port', '70000'],
    ['--queue', '-1'],
    ['--decoders', '0'],
    ['--root', '/nowhere/at/all'],
    ['--http', '--host', '0.0.0.0'],
    ...['--root', '--host', '--allowed-origin', '--token-file', `--${long}`].map((flag) => ['--http', flag, long]),
  ]) {
    const { code, stdout, stderr } = await runOnce(args, fakeEngine());
    expect([args, code, stdout]).toEqual([args, 2, '']);
    expect(stderr.length).toBeLessThan(2200);
    expect(stderr).toMatch(/^(\{.*\}\n)?h2ovl-mcp: .+\.\n$/);
    expect(stderr).not.toContain('    at ');
  }
});

test('--help shows every public option and not the hidden one', async () => {
  const { code, stdout } = await runOnce(['--help'], fakeEngine());
  expect(code).toBe(0);
  for (const flag of [
    '--root',
    '--model',
    '--http',
    '--host',
    '--port',
    '--token-file',
    '--allowed-host',
    '--queue',
    '--threads',
    '--device',
    '--max-seconds',
    '--log-level',
    'H2OVL_API_KEY',
  ]) {
    expect(stdout).toContain(flag);
  }
  expect(stdout).not.toContain('conformance');
});

test('origins of web pages are written as browsers write them; all of the web, a path or a name alone is refused', () => {
  const args = [
    'https://App.example.com/',
    'http://localhost:5173',
    'https://example.com:443',
    'chrome-extension://abcdef',
    'app://obsidian.md',
  ];
  expect(config(args.flatMap((origin) => ['--allowed-origin', origin])).allowedOrigins).toEqual([
    'https://app.example.com',
    'http://localhost:5173',
    'https://example.com',
    'chrome-extension://abcdef',
    'app://obsidian.md',
  ]);
  for (const origin of [
    '*',
    'null',
    'NULL',
    'example.com',
    'localhost:5173',
    'https://a.com/path',
    'https://a@b.com',
    'https://a.com?x',
    '',
  ]) {
    expect(() => config(['--allowed-origin', origin])).toThrow(/--allowed-origin/);
  }
});
