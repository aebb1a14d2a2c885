import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, realpath, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DocumentRoots, openRoots } from '../../../src/files/document-roots.ts';
import { readDocument } from '../../../src/files/read-document.ts';

// base/share is allowed; base/share-secret and base/outside.png are not.
let base = '';
let share = '';
let roots: DocumentRoots = { folders: [] };

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'h2ovl-roots-')));
  share = join(base, 'share');
  await mkdir(join(share, 'sub'), { recursive: true });
  await mkdir(join(base, 'share-secret'));
  await writeFile(join(share, 'a.png'), 'inside');
  await writeFile(join(share, 'sub', 'with "quotes" and ä.png'), 'quoted');
  await writeFile(join(share, '..b.png'), 'dots');
  await writeFile(join(base, 'outside.png'), 'secret');
  await writeFile(join(base, 'share-secret', 'a.png'), 'secret');
  await symlink(join(base, 'outside.png'), join(share, 'link.png'));
  await symlink(base, join(share, 'up'));
  await symlink(join(share, 'a.png'), join(share, 'inner-link.png'));
  roots = await openRoots([share]);
});

afterAll(() => rm(base, { recursive: true, force: true }));

async function read(source: string): Promise<string> {
  return Buffer.from((await readDocument(source, roots)).bytes).toString();
}

test('reads absolute, relative, quoted, file: and inner-link paths', async () => {
  const awkward = join(share, 'sub', 'with "quotes" and ä.png');
  expect(await read(join(share, 'a.png'))).toBe('inside');
  expect(await read('a.png')).toBe('inside');
  expect(await read('  "a.png" ')).toBe('inside');
  expect(await read('sub/../a.png')).toBe('inside');
  expect(await read('..b.png')).toBe('dots');
  expect(await read(pathToFileURL(awkward).href)).toBe('quoted');
  expect(await read('inner-link.png')).toBe('inside');
});

test('expands ~ to the home folder', async () => {
  const homeRoots = await openRoots([homedir()]);
  const name = `.h2ovl-test-${process.pid}`;
  await writeFile(join(homedir(), name), 'home');
  try {
    expect(Buffer.from((await readDocument(`~/${name}`, homeRoots)).bytes).toString()).toBe('home');
  } finally {
    await rm(join(homedir(), name));
  }
});

test('refuses every way out with the message of a file that is not there', async () => {
  const vectors = [
    '../outside.png',
    'sub/../../outside.png',
    join(base, 'outside.png'),
    join(base, 'share-secret', 'a.png'),
    'link.png',
    'up/outside.png',
    pathToFileURL(join(base, 'outside.png')).href,
    `~/${relative(homedir(), join(base, 'outside.png'))}`,
    '/etc/passwd',
    '/dev/zero',
    '/proc/self/environ',
    'missing.png',
  ];
  for (const vector of vectors) {
    const error = (await readDocument(vector, roots).catch((caught: unknown) => caught)) as { code?: string; message: string };
    expect([vector, error.code]).toEqual([vector, 'IMAGE_NOT_FOUND']);
    expect(error.message).toMatch(/^".*" is not a file that can be read below the allowed folder\.$/);
    expect(error.message).not.toContain('secret\n');
  }
});

test('refuses NUL bytes, web addresses and empty names as invalid', async () => {
  for (const vector of [
    'a.png\0.txt',
    'http://127.0.0.1/a.png',
    'https://example.com/a.png',
    'ftp://host/a',
    'file://host/share/a.png',
    '',
    '""',
  ]) {
    await expect(readDocument(vector, roots)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
});

test('does not wait for a pipe, and reads neither pipes nor folders', async () => {
  execFileSync('mkfifo', [join(share, 'pipe.png')]);
  await expect(readDocument('pipe.png', roots)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
  await expect(readDocument('sub', roots)).rejects.toMatchObject({ code: 'IMAGE_UNREADABLE' });
});

test('refuses a 5 GB sparse file by its size, without reading it', async () => {
  const file = join(share, 'huge.png');
  await (await open(file, 'w')).close();
  await truncate(file, 5_000_000_000);
  await expect(readDocument('huge.png', roots)).rejects.toMatchObject({
    code: 'IMAGE_TOO_LARGE',
    message: expect.stringContaining('5000000000 bytes'),
  });
  await rm(file);
});

test('reads a file of exactly the limit and refuses one byte more', async () => {
  await writeFile(join(share, 'limit.png'), 'x'.repeat(10));
  expect((await readDocument('limit.png', roots, { maxBytes: 10 })).bytes).toHaveLength(10);
  await expect(readDocument('limit.png', roots, { maxBytes: 9 })).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' });
});

test('a file swapped for a link to the outside between check and opening is not followed', async () => {
  const path = join(share, 'swap.png');
  await writeFile(path, 'inside');
  const beforeOpen = async (): Promise<void> => {
    await rm(path);
    await symlink(join(base, 'outside.png'), path);
  };
  await expect(readDocument('swap.png', roots, { _internal: { beforeOpen } })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
});

test('a folder swapped for a link to the outside is caught by the path of the open descriptor', async () => {
  await mkdir(join(share, 'dir'));
  await writeFile(join(share, 'dir', 'a.png'), 'inside');
  const beforeOpen = async (): Promise<void> => {
    await rename(join(share, 'dir'), join(share, 'dir-moved'));
    await symlink(join(base, 'share-secret'), join(share, 'dir'));
  };
  await expect(readDocument('dir/a.png', roots, { _internal: { beforeOpen } })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
});

test('without a root nothing is read, and the error says how to allow a folder', async () => {
  const error = await readDocument(join(share, 'a.png'), { folders: [] }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'IMAGE_NOT_FOUND', hint: expect.stringContaining('--root FOLDER') });
});

test('a root that is no folder is refused at start', async () => {
  await expect(openRoots([join(share, 'a.png')])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(openRoots([join(base, 'nowhere')])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('reads data: URLs without any root, and refuses broken ones', async () => {
  const document = await readDocument('data:image/png;base64,aGVsbG8=', { folders: [] });
  expect([document.name, Buffer.from(document.bytes).toString()]).toEqual(['data:image/png', 'hello']);
  for (const url of [
    'data:image/png,hello',
    'data:image/png;base64,',
    'data:image/png;base64,a*b',
    'data:;base64',
    'data:image/png;base64,aGVs bG8=',
    'data:image/png;base64,\n',
  ]) {
    await expect(readDocument(url, roots)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  }
});
