import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundleScript } from '../../../dev/src/testing/bundle-script.ts';
import { nanoCheckpoint, readablePages } from '../../../dev/src/testing/nano-samples.ts';
import { runCliProcess, temporaryFolder } from './cli-process.ts';

const home = temporaryFolder();
const pages = temporaryFolder();
const [{ path, answer }] = readablePages;
const page = join(pages, basename(path));
cpSync(path, page);
writeFileSync(join(pages, 'index.json'), JSON.stringify([{ file: basename(path), answer }]));
mkdirSync(join(pages, 'broken'));
writeFileSync(join(pages, 'broken', 'index.json'), `[{ "file": "page.png", "answer": ${answer} }]`);

/** What is written on the page, and no word that a program says by itself. */
const words = [...new Set(answer.match(/[\p{L}\p{N}]{4,}/gu))].filter(
  (word) => !/^(item|total|date|invoice|customer|industrial|park)$/i.test(word),
);
const found = (text: string): string[] => words.filter((word) => text.toLowerCase().includes(word.toLowerCase()));

describe('what the program says about its work', () => {
  it('would be seen to hold a word of the page', () => {
    expect(words.length).toBeGreaterThan(4);
    expect(found(`x ${answer} y`)).toEqual(words);
  });

  // The second part: whether the result itself is the document's text, so that only standard error is looked at.
  it.each<[args: readonly string[], isResult: boolean, exitCode: number]>([
    [['read', page], true, 0],
    [['read', page, '--json'], true, 0],
    [['read', page, join(pages, 'none.png'), '--model', 'nano', '--max-tokens', '5'], true, 1],
    [['ask', page, 'What is it?', '--max-tokens', '8'], true, 0],
    [['extract', page, '--fields', 'total', '--max-tokens', '64'], true, 0],
    [['eval', pages], false, 0],
    [['eval', join(pages, 'broken')], false, 1],
    [['quality', pages, '--compare', 'fast', '--limit', '1', '--max-tokens', '16'], false, 0],
    [['info'], false, 0],
    [['doctor'], false, 0],
    [['selftest', 'nano'], false, 0],
    [['convert', nanoCheckpoint, join(home, 'elsewhere')], false, 0],
    [['pull', nanoCheckpoint], false, 0],
    [['models'], false, 0],
    [['models', 'verify'], false, 0],
  ])('h2ovl %j', async (args, isResult, exitCode) => {
    const run = await runCliProcess([...args, '--log-level', 'debug', '--log-json'], { home });
    expect(run.code, run.stderr).toBe(exitCode);
    expect(found(isResult ? run.stderr : run.stderr + run.stdout)).toEqual([]);
    if (args[0] === 'read' && exitCode === 0) expect(found(run.stdout).length).toBeGreaterThan(0);
    for (const line of run.stderr.split('\n').filter(Boolean)) expect(JSON.parse(line)).toHaveProperty('event');
  });

  it.each([[['read', page, join(pages, 'none.png')]], [['eval', join(pages, 'broken')]]])('h2ovl %j, in words', async (args) => {
    const run = await runCliProcess([...args, '--log-level', 'debug'], { home });
    expect(run.stderr).toMatch(/^error: .*\n(?:.*\n)*\s+at /m);
    expect(found(run.stderr)).toEqual([]);
  });

  it('h2ovl serve, answering for a page', async () => {
    const script = fileURLToPath(await bundleScript(new URL('../../src/main.ts', import.meta.url)));
    const flags = ['serve', '--port', '0', '--root', pages, '--log-level', 'debug', '--log-json'];
    const child = spawn(process.execPath, [script, ...flags], { env: { ...process.env, H2OVL_HOME: home } });
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    const ended = new Promise((resolve) => child.on('close', resolve));
    try {
      await expect.poll(() => /"url":"([^"]+)"/.exec(log)?.[1], { timeout: 120_000 }).toBeDefined();
      const base = /"url":"([^"]+)"/.exec(log)?.[1] as string;
      const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${readPage()}` } };
      const ask = (question: object): Promise<Response> =>
        fetch(new URL('/v1/chat/completions', base), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'nano', ...question }),
        });
      const text = { type: 'text', text: 'Read the text in the image.' };
      const read = await ask({ messages: [{ role: 'user', content: [image, text] }] });
      expect(found(await read.text()).length).toBeGreaterThan(0);
      // A fault that quotes what was sent.
      expect((await ask({ messages: [{ role: 'user', content: answer }], stop: answer, temperature: answer })).status).toBe(400);
      child.kill('SIGINT');
      await ended;
      expect(log.split('\n').length).toBeGreaterThan(3);
      expect(found(log)).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('h2ovl mcp, reading a page for a tool call', async () => {
    const script = fileURLToPath(await bundleScript(new URL('../../src/main.ts', import.meta.url)));
    const flags = ['mcp', '--root', pages, '--log-level', 'debug'];
    const child = spawn(process.execPath, [script, ...flags], { env: { ...process.env, H2OVL_HOME: home } });
    const streams = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        streams[name] += text;
      });
    }
    const ended = new Promise((resolve) => child.on('close', resolve));
    try {
      const send = (message: object): boolean => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
      const hello = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
      send({ id: 1, method: 'initialize', params: hello });
      send({ method: 'notifications/initialized' });
      send({ id: 2, method: 'tools/call', params: { name: 'read_document', arguments: { source: page } } });
      send({ id: 3, method: 'tools/call', params: { name: 'read_document', arguments: { source: answer } } });
      await expect.poll(() => /"id":2\b/.test(streams.stdout) && /"id":3\b/.test(streams.stdout), { timeout: 120_000 }).toBe(true);
      child.stdin.end();
      await ended;
      expect(found(streams.stdout).length).toBeGreaterThan(0);
      expect(streams.stderr.split('\n').length).toBeGreaterThan(2);
      expect(found(streams.stderr)).toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

function readPage(): string {
  return readFileSync(page).toString('base64');
}
