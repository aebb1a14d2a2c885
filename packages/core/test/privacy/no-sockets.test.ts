import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nanoSamples, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { hasStrace, traceSockets } from './trace-sockets.ts';

const here = import.meta.dirname;
const commandLine = join(here, '../../../cli/dist/main.js');
const [{ path: page, answer }] = readablePages;
const home = mkdtempSync(join(tmpdir(), 'h2ovl-privacy-'));

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

  it.each([
    [['ask', page, 'What is the total?', '--json']],
    [['info', '--verify']],
    [['models']],
    [['eval', nanoSamples, '--limit', '2', '--json']],
    [['read', join(here, 'there-is-no-such.png')]],
    [['read', 'https://example.org/page.png']],
  ])('h2ovl %j', (args) => {
    const { result, network } = traceSockets([commandLine, ...args], { H2OVL_HOME: home });
    expect(result.status).toBe(args.some((arg) => /no-such|https:/.test(arg)) ? 1 : 0);
    expect(network).toEqual([]);
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
