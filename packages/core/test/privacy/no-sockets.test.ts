import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { nanoSamples, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { hasStrace, traceSockets } from './trace-sockets.ts';

const here = import.meta.dirname;
const commandLine = join(here, '../../../cli/dist/main.js');
const [{ path: page, answer }] = readablePages;
const home = mkdtempSync(join(tmpdir(), 'h2ovl-privacy-'));

/** Addresses of the libraries that a package of ours brings along; those without code (types, our own) are left out. */
function dependenciesOf(name: string): string[] {
  const file = join(here, `../../../${name}/package.json`);
  const { dependencies = {} } = JSON.parse(readFileSync(file, 'utf8')) as { readonly dependencies?: Readonly<Record<string, string>> };
  const require = createRequire(file);
  return Object.keys(dependencies)
    .filter((dependency) => !dependency.startsWith('@h2ovl/') && dependency !== '@standard-schema/spec')
    .map((dependency) => pathToFileURL(require.resolve(dependency)).href);
}

if (!hasStrace()) {
  console.warn('SKIPPED: the socket tests need strace, on Linux (Debian: apt-get install strace).');
}

// The built files, as users run them. Linux only: elsewhere there is no strace.
describe.runIf(hasStrace())('no socket is opened and no name is looked up', () => {
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  it('the check itself turns red when something connects', () => {
    const { network } = traceSockets([join(here, 'open-a-socket.mjs')]);
    expect(network.some((line) => line.includes('htons(9)'))).toBe(true);
    expect(network.length).toBeGreaterThanOrEqual(1);
  });

  it('reading a page, its first conversion included', () => {
    expect(existsSync(commandLine), 'built by npm test').toBe(true);
    const { result, network } = traceSockets([commandLine, 'read', page, '--model', 'nano'], { H2OVL_HOME: home });
    expect([result.status, network]).toEqual([0, []]);
    expect(result.stdout.trim()).toBe(answer);
  });

  const checkpoint = join(here, '../../../nano/checkpoint');
  const traced = new Set(['read']);
  it.each<[args: readonly string[], exitCode: number]>([
    [['ask', page, 'What is the total?', '--json'], 0],
    [['extract', page, '--fields', 'total', '--max-tokens', '64'], 0],
    [['lines', page, '--json'], 0],
    [['info', '--verify'], 0],
    [['doctor'], 0],
    [['selftest', 'nano'], 0],
    [['convert', checkpoint, join(home, 'converted-elsewhere')], 0],
    [['pull', checkpoint], 0],
    [['models'], 0],
    [['models', 'verify'], 0],
    [['models', 'bundle', checkpoint, join(home, 'nano.tar')], 0],
    [['pull', join(home, 'nano.tar')], 0],
    [['models', 'rm', 'nano'], 0],
    [['models', 'prune'], 0],
    [['eval', nanoSamples, '--limit', '2', '--json'], 0],
    [['quality', '--compare', 'fast', '--limit', '1', '--max-tokens', '16'], 0],
    [['read', join(here, 'there-is-no-such.png')], 1],
    [['read', 'https://example.org/page.png'], 1],
    [['read', 'https://example.org/page.png', '--allow-urls', '--offline'], 1],
    [['pull', '0.8b', '--offline'], 1],
    [['serve', '--help'], 0],
    [['mcp', '--help'], 0],
  ])('h2ovl %j', (args, exitCode) => {
    traced.add(args[0] as string);
    const { result, network } = traceSockets([commandLine, ...args], { H2OVL_HOME: home });
    expect([result.status, network], result.stderr).toEqual([exitCode, []]);
  });

  it('every command is among them', () => {
    const help = spawnSync(process.execPath, [commandLine, '--help'], { encoding: 'utf8' }).stdout;
    const commands = /^Commands:\n((?: {2}.*\n)+)/m.exec(help)?.[1] ?? '';
    const names = [...commands.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name as string).filter((name) => name !== 'help');
    expect(names.length).toBeGreaterThan(9);
    expect(names.filter((name) => !traced.has(name))).toEqual([]);
  });

  it('loading every library that the packages depend on, and waiting', { timeout: 300_000 }, () => {
    const addresses = ['core', 'cli', 'mcp-server', 'sdk'].flatMap(dependenciesOf);
    expect(addresses.length).toBeGreaterThan(9);
    const seconds = process.env.H2OVL_TRIAL === 'full' ? '60' : '2';
    const { result, network } = traceSockets([join(here, 'load-dependencies.mjs'), seconds, ...addresses]);
    expect([result.stdout.trim(), network], result.stderr).toEqual([String(addresses.length), []]);
  });

  it.each(['ffi', 'worker'])('the library through the %s adapter, and three idle seconds after', (adapter) => {
    const { result, network } = traceSockets([join(here, 'use-library.mjs'), page, 'Read the text in the image.'], {
      H2OVL_HOME: home,
      H2OVL_RUNTIME: adapter,
    });
    expect([result.status, network]).toEqual([0, []]);
    expect(result.stdout.trim()).toBe(answer);
  });
});
