import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { findInputs } from '../../../src/inputs/find-inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-inputs-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const path of [
  'page-10.png',
  'page-2.png',
  'notes.txt',
  '.secret.pdf',
  'sub/a.PDF',
  'sub/deep/b.tiff',
  'sub/.git/c.pdf',
  'empty/readme.md',
  'data:x.png',
]) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), '');
}
symlinkSync('..', join(folder, 'sub/loop'));
symlinkSync('../page-2.png', join(folder, 'sub/link.png'));
symlinkSync('nowhere.png', join(folder, 'sub/broken.png'));

const world = { stdin: Readable.from([]), h2ovl: 'h2ovl' };
const signal = new AbortController().signal;
const at = (path: string): string => join(folder, path);

async function find(words: readonly string[], isRecursive = false): Promise<string[]> {
  const inputs = await findInputs(words, world, { command: 'read', signal, allowUrls: false, isRecursive });
  return inputs.map(
    ({ file, error }) => `${file.startsWith(folder) ? file.slice(folder.length + 1) : file}${error ? ` ${error.code}` : ''}`,
  );
}

describe('a folder', () => {
  it('stands for the documents in it, page 2 before page 10', async () => {
    expect(await find([folder])).toEqual(['data:x.png', 'page-2.png', 'page-10.png']);
  });

  it('is searched with the folders below it when asked, but not through links to folders', async () => {
    expect(await find([at('sub')], true)).toEqual(['sub/a.PDF', 'sub/broken.png', 'sub/deep/b.tiff', 'sub/link.png']);
  });

  it('without documents says what to do', async () => {
    const take = async (path: string): Promise<unknown> =>
      (await findInputs([at(path)], world, { command: 'read', signal, allowUrls: false, isRecursive: false }))[0]?.error;
    expect(await take('empty')).toMatchObject({ code: 'IMAGE_NOT_FOUND', hint: expect.stringContaining('.pdf, .png') });
    rmSync(at('sub/a.PDF'));
    mkdirSync(at('outer/inner'), { recursive: true });
    expect(await take('outer')).toMatchObject({
      message: expect.stringContaining('itself, only folders'),
      hint: expect.stringContaining('--recursive'),
    });
    writeFileSync(at('sub/a.PDF'), '');
  });

  it('a file in it with the name of a URL is opened as a file', async () => {
    const [first] = await findInputs([folder], world, { command: 'read', signal, allowUrls: false, isRecursive: false });
    expect(first?.error === undefined && first?.open()).toBe(at('data:x.png'));
  });

  it('may be named beside its files, which are then read once; a file that is named twice is read twice', async () => {
    expect(await find([at('page-10.png'), folder])).toEqual(['page-10.png', 'data:x.png', 'page-2.png']);
    expect(await find([at('page-10.png'), at('page-10.png')])).toEqual(['page-10.png', 'page-10.png']);
  });
});

describe('a pattern', () => {
  it('stands for the files that match, whatever they are', async () => {
    expect(await find([at('*.{png,txt}')])).toEqual(['data:x.png', 'notes.txt', 'page-2.png', 'page-10.png']);
    expect(await find([at('**/*.tiff')])).toEqual(['sub/deep/b.tiff']);
  });

  it('that matches nothing is named', async () => {
    expect(await find([at('*.jpg'), at('none/*.png')])).toEqual(['*.jpg IMAGE_NOT_FOUND', 'none/*.png IMAGE_NOT_FOUND']);
  });
});

describe('a word', () => {
  it('that names nothing is refused, and an address without --allow-urls', async () => {
    expect(await find([at('none.png'), 'https://example.org/a.png'])).toEqual([
      'none.png IMAGE_NOT_FOUND',
      'https://example.org/a.png INVALID_ARGUMENT',
    ]);
    const [empty] = await findInputs([''], world, { command: 'read', signal, allowUrls: false, isRecursive: false });
    expect(empty?.error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'A name of a document is empty.',
      hint: expect.stringMatching(/^Name a file/),
    });
  });

  it.skipIf(process.platform === 'win32')('for a pipe is opened when it is its turn', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const [pipe] = await findInputs([at('pipe')], world, { command: 'read', signal, allowUrls: false, isRecursive: false });
    expect(pipe).toMatchObject({ kind: 'pipe', file: at('pipe') });
  });
});
