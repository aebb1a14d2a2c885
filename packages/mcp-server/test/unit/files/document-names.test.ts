import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DocumentRoots, openRoots } from '../../../src/files/document-roots.ts';
import { type ListedFile, listFiles } from '../../../src/files/list-files.ts';
import { readDocument } from '../../../src/files/read-document.ts';

const names = [
  'invoice.png',
  'invoice\u200b.png', // zero-width space
  'inv\u00adoice.png', // soft hyphen
  '\u{1F468}\u200d\u{1F469}\u200d\u{1F467}.png', // a family, joined
  '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.pdf', // Persian, with a joiner
  '\u202egnp.exe.png', // reads from right to left
  ' leading.png',
  'trailing .png',
  'data:x.png',
  'data:text;base64,AAAA.png',
  'file:x.png',
  '~tilde.png',
  '"quoted".png',
  'two\nlines.png',
  'two lines.png',
  'no\u00a0break.png',
  'no break.png',
  'caf\u00e9.png', // composed
  'cafe\u0301.png', // decomposed
  'nu\u0308r-zerlegt.png', // decomposed alone
  'doc_AAAAAAAAAAAAAAAAAAAAAA (doc_AAAAAAAAAAAAAAAAAAAAAA).png',
  'http:x.png',
  'back\\slash.png', // a letter like any other, but on Windows
];

const inFolders = ['a\u200b/x.png', 'a/x.png', 'back/slash.png'];

let base = '';
let roots: DocumentRoots = { folders: [] };
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'h2ovl-names-')));
  await mkdir(join(base, 'a\u200b'));
  await mkdir(join(base, 'a'));
  await mkdir(join(base, 'back'));
  for (const name of [...names, ...inFolders]) await writeFile(join(base, name), name);
  roots = await openRoots([base]);
});
afterAll(() => rm(base, { recursive: true, force: true }));

const text = async (source: string, of = roots): Promise<string> => Buffer.from((await readDocument(source, of)).bytes).toString();
const list = async (): Promise<readonly ListedFile[]> => (await listFiles(roots)).files;

test('every document is listed under a name of its own, and is read by its source, its handle and its name', async () => {
  const files = await list();
  expect(files).toHaveLength(names.length + inFolders.length);
  expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  expect(new Set(files.map(({ handle }) => handle)).size).toBe(files.length);
  const read = await Promise.all(files.map(async (file) => [await text(file.source), await text(file.handle), await text(file.name)]));
  for (const [bySource, byHandle, byName] of read) expect([byHandle, byName]).toEqual([bySource, bySource]);
  expect(new Set(read.map(([bySource]) => bySource))).toEqual(new Set([...names, ...inFolders]));
});

test.runIf(process.platform === 'linux')('a name is bytes to Linux: those that are not UTF-8 are listed, kept apart and read', async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'h2ovl-bytes-')));
  const bytes = ['M\xfcller.png', 'M\xf6ller.png', '\xff\xfe/x.png', '\xed\xb3\xbc.png', 'b\xc3\xbcro.png', '\xf0\x9f\x98.png'];
  await mkdir(Buffer.from(`${folder}/\xff\xfe`, 'latin1'));
  for (const name of bytes) await writeFile(Buffer.from(`${folder}/${name}`, 'latin1'), name);
  await writeFile(join(folder, 'M\ufffdller.png'), 'the mark itself');
  const byteRoots = await openRoots([folder]);
  const { files, total, denied } = await listFiles(byteRoots);
  expect([files.length, total, denied]).toEqual([bytes.length + 1, bytes.length + 1, []]);
  expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  const read = await Promise.all(files.map(async ({ name, handle }) => [await text(handle, byteRoots), await text(name, byteRoots)]));
  expect(new Set(read.map(([byHandle]) => byHandle))).toEqual(new Set([...bytes, 'the mark itself']));
  for (const [byHandle, byName] of read) expect(byName).toBe(byHandle);
  for (const { name } of files) expect(name).not.toMatch(/\p{Cs}/u);
  expect((await readDocument(files.find(({ name }) => name.startsWith('M'))?.handle ?? '', byteRoots)).name).toMatch(/\ufffd/);
  await rm(folder, { recursive: true });
});

test('names hold nothing hidden, and what looks like another name carries its handle', async () => {
  const files = await list();
  for (const { name, source, handle } of files) {
    expect(name).not.toMatch(/[\p{Cf}\p{Cc}\u00a0]/u);
    expect([name, source]).toEqual([name, name.endsWith(` (${handle})`) ? handle : name]);
  }
  expect(files.filter(({ name }) => name === 'invoice.png')).toHaveLength(1);
});

test('a handle is the same after a new start, and needs no listing before', async () => {
  const before = await list();
  const again = await openRoots([base]);
  for (const { handle, source } of before.filter((file) => file.source === file.handle)) {
    expect(await text(handle, again)).toBe(await text(source));
  }
  await expect(readDocument('doc_AAAAAAAAAAAAAAAAAAAAAA', again)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
});

test('a handle opens nothing beyond the folders', async () => {
  const outside = await realpath(await mkdtemp(join(tmpdir(), 'h2ovl-outside-')));
  await writeFile(join(outside, 'x.png'), 'secret');
  const file = (await listFiles(await openRoots([outside]))).files[0];
  expect(await text(file?.handle ?? '', await openRoots([outside]))).toBe('secret');
  await expect(readDocument(file?.handle ?? '', roots)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  await rm(outside, { recursive: true });
});

test('composed and decomposed spellings find each other, and each its own where there are both', async () => {
  expect(await text('caf\u00e9.png')).toBe('caf\u00e9.png');
  expect(await text('cafe\u0301.png')).toBe('cafe\u0301.png');
  expect(await text('n\u00fcr-zerlegt.png')).toBe('nu\u0308r-zerlegt.png');
  expect(await text(join(base, 'n\u00fcr-zerlegt.png'))).toBe('nu\u0308r-zerlegt.png');
  await expect(readDocument('n\u00fcr-nicht-da.png', roots)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
});
