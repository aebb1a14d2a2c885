import { join, relative } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { endVerdict } from '@h2ovl/contract';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { sendDocument, startDocumentServer } from '../helpers/document-server.ts';
import { beginStream, chunk, endStream, startStubServer, writeData } from '../helpers/stub-server.ts';

const entry = join(import.meta.dirname, '../../src/index.ts');

/** The package as a bundler for browsers builds it, run where there is nothing but what a browser has. */
async function loadInBrowser(globals: object = {}): Promise<typeof import('../../src/index.ts')> {
  const { outputFiles, warnings } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'sdk',
    conditions: ['@h2ovl/source'],
    write: false,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  const web = {
    AbortController,
    AbortSignal,
    atob,
    Blob,
    btoa,
    clearTimeout,
    DOMException,
    fetch,
    FormData,
    Headers,
    performance,
    setTimeout,
  };
  const realm = createContext({ ...web, structuredClone, TextDecoder, URL, ...globals });
  return runInContext(`${outputFiles[0]?.text}; sdk`, realm) as typeof import('../../src/index.ts');
}

describe('in a browser', () => {
  it('streams an answer about a picture of bytes', async () => {
    await using server = await startStubServer((response) => {
      beginStream(response);
      writeData(response, chunk({ content: 'TOTAL 9.50' }));
      endStream(response);
    });
    const { VisionClient } = await loadInBrowser();
    const model = new VisionClient({ baseURL: server.url }).model('nano');
    const image = new Blob([Uint8Array.from([0x89, 0x50, 0x4e, 0x47])]);
    const result = await model.generate({ prompt: 'Read.', images: [image] });
    expect(result.text).toBe('TOTAL 9.50');
    expect(server.seen[0]?.body?.messages[0]).toMatchObject({
      content: [{ image_url: { url: 'data:image/png;base64,iVBORw==' } }, { text: 'Read.' }],
    });
  });

  it('writes base64 of any length as Node does', async () => {
    await using server = await startStubServer((response) => {
      beginStream(response);
      endStream(response);
    });
    const { VisionClient } = await loadInBrowser();
    const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => (index * 31) % 256);
    await new VisionClient({ baseURL: server.url }).model('nano').generate({ prompt: '', images: [new Blob([bytes])] });
    const sent = JSON.stringify(server.seen[0]?.body);
    expect(sent).toContain(Buffer.from(bytes).toString('base64'));
  });

  it('says what to pass instead of a path', async () => {
    const { VisionClient } = await loadInBrowser();
    const call = new VisionClient({ baseURL: 'http://127.0.0.1:1' }).model('nano').generate({ prompt: '', images: ['page.png'] });
    await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param: 'images[0]', hint: expect.stringContaining('Blob') });
  });

  it('reads a document page by page', async () => {
    const pages = ['one', 'two'].map((text, index) => ({ page: index + 1, text, verdict: endVerdict('stop'), warnings: [] }));
    await using server = await startDocumentServer((response) => sendDocument(response, { pages }));
    const { VisionClient } = await loadInBrowser();
    const texts: string[] = [];
    for await (const { text } of new VisionClient({ baseURL: server.url }).read(new File(['%PDF-'], 'a.pdf'))) texts.push(text);
    expect(texts).toEqual(['one', 'two']);
    expect(server.seen[0]?.file?.name).toBe('a.pdf');
  });

  it('weighs little: what VisionClient loads at the start, and with documents, minified and compressed, in bytes', async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: `export { VisionClient } from ${JSON.stringify(entry)}`, resolveDir: import.meta.dirname },
      bundle: true,
      minify: true,
      splitting: true,
      platform: 'browser',
      format: 'esm',
      target: 'es2022',
      conditions: ['@h2ovl/source'],
      outdir: 'out',
      metafile: true,
      write: false,
    });
    const texts = new Map(outputFiles.map(({ path, text }) => [relative(process.cwd(), path), text]));
    const atStart = new Set(['out/stdin.js']);
    for (const path of atStart) {
      for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) if (kind === 'import-statement') atStart.add(next);
    }
    const weigh = (paths: Iterable<string>): number => gzipSync([...paths].map((path) => texts.get(path)).join(''), { level: 9 }).length;
    expect([...atStart].every((path) => texts.has(path))).toBe(true);
    console.log(`VisionClient at the start ${weigh(atStart)} B, with everything ${weigh(texts.keys())} B`);
    expect(weigh(atStart)).toBeLessThan(16_000);
    expect(weigh(texts.keys())).toBeLessThan(20_800);
    const inputsAtStart = [...atStart].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
    expect(inputsAtStart.filter((path) => path.includes('/documents/'))).toEqual([]);
    const code = [...texts.values()].join('');
    // Nothing that only Node has, by its bare name: bundlers would put an imitation in its place, or fail.
    expect(code).not.toMatch(/(?<![.\w$'"-])(Buffer|require|__dirname)\b/);
  });
});
