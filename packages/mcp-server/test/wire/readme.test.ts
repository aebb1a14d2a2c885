import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { copyFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePdf, type PdfPage } from '../../../dev/src/testing/pdf/make-pdf.ts';
import { bundleFakeMain } from '../helpers/bundle-fake.ts';
import { fakeEngine, fakePages } from '../helpers/fake-model.ts';
import { connectClient } from '../helpers/mcp-clients.ts';
import { readSnippet } from '../helpers/readme-snippet.ts';
import { makeFolder, runOnce, startHttp } from '../helpers/start-server.ts';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
let main = '';
let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeAll(async () => {
  main = await bundleFakeMain();
  folder = await makeFolder();
});

afterAll(async () => {
  await rm(dirname(main), { recursive: true, force: true });
  await folder.remove();
});

interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/** Starts what a host would start for `command`, with this package in place of npx's download and a real folder in place of the example. */
async function readThrough({ command, args }: Command): Promise<void> {
  expect([command, args.slice(0, 2)]).toEqual(['npx', ['-y', '@h2ovl/mcp-server']]);
  const own = args.slice(2).map((arg) => (/^(\/Users\/me\/Documents|\$\{workspaceFolder\})$/.test(arg) ? folder.path : arg));
  const env = { PATH: process.env.PATH ?? '' };
  const client = await connectClient('v1', { command: process.execPath, args: [main, ...own], env, onStderr: () => {} });
  expect((await client.call('read_document', { source: 'receipt.png' })).structured).toMatchObject({ document_text: fakePages[0] });
  await client.close();
}

test('the Claude Desktop and Cursor snippet starts a server that reads', async () => {
  const config = JSON.parse(readSnippet('claude-desktop')) as { mcpServers: { h2ovl: Command } };
  await readThrough(config.mcpServers.h2ovl);
});

test('the VS Code snippet starts a server that reads', async () => {
  const config = JSON.parse(readSnippet('vs-code')) as { servers: { h2ovl: Command & { type: string } } };
  expect(config.servers.h2ovl.type).toBe('stdio');
  await readThrough(config.servers.h2ovl);
});

test('the Claude Code line starts a server that reads', async () => {
  const words = readSnippet('claude-code').split(' ');
  expect(words.slice(0, 5)).toEqual(['claude', 'mcp', 'add', 'h2ovl', '--']);
  await readThrough({ command: words[5] ?? '', args: words.slice(6) });
});

test('the openai snippet streams the text of a receipt', async () => {
  const server = await startHttp(fakeEngine(), ['--model', 'nano']);
  // Below this package, so that `openai` is found; its only change is the port, which is a free one here.
  const file = join(packageFolder, '.cache', `readme-${process.pid}.mjs`);
  await writeFile(file, readSnippet('openai').replace('http://127.0.0.1:7878', server.url));
  const child = spawn(process.execPath, [file], { cwd: folder.path });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await rm(file);
  await server.stop();
  expect([stdout, stderr]).toEqual([fakePages[0], '']);
});

test('the curl lines read, ask, extract and stream', async () => {
  const server = await startHttp(fakeEngine({ text: '{"company":"Carter & King","date":null,"total":90.34}' }), ['--model', 'nano']);
  const words = (text: string): PdfPage => ({ items: [{ type: 'text', text, x: 60, y: 760, size: 14 }] });
  await writeFile(join(folder.path, 'report.pdf'), makePdf({ pages: [words('One'), words('Two'), words('Three'), words('Four')] }));
  // With text on it: nothing is extracted from a blank page.
  await copyFile(new URL('../../../nano/samples/00-read.png', import.meta.url), join(folder.path, 'receipt.png'));
  const run = async (name: string): Promise<string> => {
    const line = readSnippet(name).replace('http://127.0.0.1:7878', server.url);
    const child = spawn('sh', ['-c', `${line} --silent --show-error`], { cwd: folder.path });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect([name, stderr]).toEqual([name, '']);
    return stdout;
  };
  expect(JSON.parse(await run('curl-read'))).toMatchObject({
    document: { name: 'report.pdf' },
    pages: [{ text: 'One' }, { text: 'Two' }, { text: 'Three' }, { page: 4, text: 'Four' }],
  });
  expect(JSON.parse(await run('curl-ask'))).toMatchObject({ pages: [{ page: 1, text: expect.stringContaining('Carter') }] });
  expect(JSON.parse(await run('curl-extract'))).toMatchObject({ pages: [{ object: { company: 'Carter & King', total: 90.34 } }] });
  const events = (await run('curl-stream')).split('\n').filter((line) => line.startsWith('data: {'));
  const types = events.map((line) => (JSON.parse(line.slice(6)) as { type: string }).type);
  expect(types.filter((type) => type !== 'progress')).toEqual(['document', 'page', 'page', 'page', 'page', 'done']);
  await server.stop();
});

test('the library snippet is the file that the compiler checks', () => {
  const checked = readFileSync(join(packageFolder, 'test', 'types', 'readme-library.ts'), 'utf8');
  expect(checked.slice(checked.indexOf('\n') + 1).trim()).toBe(readSnippet('library'));
});

test('the README names every option of --help', async () => {
  const { stdout } = await runOnce(['--help'], fakeEngine());
  const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');
  const flags = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] ?? '');
  expect(flags.length).toBeGreaterThan(10);
  for (const flag of flags.filter((name) => !['--version', '--help'].includes(name))) expect(readme).toContain(`\`${flag}\``);
});
