import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makePdf } from '../../../../dev/src/testing/pdf/make-pdf.ts';
import { openDocument } from '../../../src/documents/open-document.ts';

const folder = mkdtempSync(join(tmpdir(), 'decoder-process-'));
afterAll(() => rmSync(folder, { recursive: true }));
const pdf = makePdf({ pages: [{ items: [{ type: 'text', text: 'Hello', x: 50, y: 700, size: 20 }] }] });
const path = join(folder, 'hello.pdf');
writeFileSync(path, pdf);
const built = new URL('../../../dist/index.js', import.meta.url).href;
const readPage = `import { openDocument } from ${JSON.stringify(built)};
  try {
    const document = await openDocument(${JSON.stringify(path)});
    console.log((await (await document.page(1)).textLayer()).text);
    await document.close();
  } catch (error) {
    console.log(error.code, error.hint);
  }`;

describe("Node's permission model", () => {
  const permission = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  const run = (...flags: readonly string[]): string =>
    spawnSync(process.execPath, [permission, '--allow-fs-read=*', ...flags, '--input-type=module', '-e', readPage], {
      encoding: 'utf8',
    }).stdout.trim();

  test('without the right to start processes is named, with the flag that gives it', () => {
    expect(run()).toBe('DECODER_UNAVAILABLE Start Node with --allow-child-process, or save the pages as pictures.');
  });

  test('with that right reads as ever', () => {
    expect(run('--allow-child-process', '--allow-worker')).toBe('Hello');
  });
});

const listsChildren = process.platform === 'linux';

describe.skipIf(!listsChildren)('a signal that reaches the decoder, too', () => {
  /** The processes that this one started. */
  const listChildren = (): readonly number[] =>
    readdirSync('/proc/self/task').flatMap((task) =>
      readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
    );

  test('by Ctrl-C does not end it, and one that ends it is named', async () => {
    const before = listChildren();
    const document = await openDocument(pdf, { name: 'hello.pdf' });
    await using _ = document;
    await document.page(1);
    const [decoder = 0] = listChildren().filter((pid) => !before.includes(pid));
    expect(decoder).toBeGreaterThan(1);
    // Its threads share two pools of memory: with one for each it seems to grow for hundreds of pages.
    expect(readFileSync(`/proc/${decoder}/environ`, 'utf8').split('\0')).toContain('MALLOC_ARENA_MAX=2');
    process.kill(decoder, 'SIGINT');
    expect((await (await document.page(1)).render()).width).toBe(1653);
    process.kill(decoder, 'SIGSTOP');
    const work = document.page(1);
    process.kill(decoder, 'SIGTERM');
    process.kill(decoder, 'SIGCONT');
    await expect(work).rejects.toMatchObject({ code: 'DOCUMENT_UNREADABLE', message: expect.stringContaining('SIGTERM') });
    expect((await (await document.page(1)).render()).width).toBe(1653);
  });
});
