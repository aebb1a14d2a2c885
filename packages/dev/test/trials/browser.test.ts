import '../../src/testing/use-source-scripts.ts';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { coreEngine } from '../../../mcp-server/src/engine.ts';
import { startHttp } from '../../../mcp-server/test/helpers/start-server.ts';
import { readablePages } from '../../src/testing/nano-samples.ts';
import { makePdf } from '../../src/testing/pdf/make-pdf.ts';
import type { BrowserReport } from './in-browser.ts';

const chromium = process.env.H2OVL_CHROMIUM ?? '/usr/bin/chromium';
const letter = ['First page', 'Second page'];

/** What the page is made of, by its path. */
type Files = Readonly<Record<string, { readonly type: string; readonly content: string | Uint8Array }>>;

/** A web server on loopback that hands out files and takes one report. */
async function startPageServer(): Promise<{ readonly url: string; files: Files; readonly report: Promise<BrowserReport>; close(): void }> {
  let take = (_: BrowserReport): void => {};
  const report = new Promise<BrowserReport>((resolve) => {
    take = resolve;
  });
  const server = createServer(async (request, response) => {
    if (request.method === 'POST') {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      response.end();
      take(JSON.parse(Buffer.concat(pieces).toString()) as BrowserReport);
      return;
    }
    const file = page.files[request.url ?? ''];
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': file?.type ?? 'text/plain' }).end(file?.content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    files: {} as Files,
    report,
    close: (): void => {
      server.closeAllConnections();
      server.close();
    },
  };
  return page;
}

async function bundlePage(serverUrl: string): Promise<string> {
  const { outputFiles, warnings } = await build({
    entryPoints: [join(import.meta.dirname, 'in-browser.ts')],
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    conditions: ['@h2ovl/source'],
    define: { serverUrl: JSON.stringify(serverUrl) },
    write: false,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  return outputFiles[0]?.text ?? '';
}

// `npm run trial:browser`; needs Debian's chromium, or another one that H2OVL_CHROMIUM names.
test.runIf(process.env.H2OVL_TRIAL === 'full')('the client runs in Chromium against the server with nano', async () => {
  expect(existsSync(chromium), `${chromium} is there; apt-get install chromium`).toBe(true);
  const [sample] = readablePages;
  const page = await startPageServer();
  const server = await startHttp(coreEngine, ['--model', 'nano', '--allowed-origin', page.url]);
  page.files = {
    '/': { type: 'text/html', content: '<!doctype html><script type="module" src="page.js"></script>' },
    '/page.js': { type: 'text/javascript', content: await bundlePage(server.url) },
    '/page.png': { type: 'image/png', content: await readFile(sample.path) },
    '/letter.pdf': {
      type: 'application/pdf',
      content: makePdf({ pages: letter.map((text) => ({ items: [{ type: 'text', text, x: 72, y: 700, size: 24 }] })) }),
    },
  };
  const profile = await mkdtemp(join(tmpdir(), 'h2ovl-chromium-'));
  const quiet = [
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  const browser = spawn(
    chromium,
    ['--headless', '--no-sandbox', ...quiet, `--user-data-dir=${profile}`, '--remote-debugging-port=0', `${page.url}/`],
    {
      stdio: 'ignore',
    },
  );
  try {
    const gone = new Promise<never>((_, reject) => {
      browser.once('error', reject);
      browser.once('exit', (code) => reject(new Error(`Chromium ended with ${code}.`)));
    });
    gone.catch(() => {});
    const { text, pages, ...rest } = await Promise.race([page.report, gone]);
    expect(rest).toEqual({
      node: [],
      models: ['nano'],
      inputs: { inputTokens: expect.any(Number), imageTokens: expect.any(Number) },
      events: expect.arrayContaining(['progress', 'text-delta', 'finish']),
      stopped: 'Error: enough',
      refused: 'INVALID_ARGUMENT',
    });
    expect(text).toBe(sample.answer);
    expect(pages).toEqual(letter.map((line, index) => [index + 1, line]));
  } finally {
    browser.kill('SIGKILL');
    page.close();
    await server.stop();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
