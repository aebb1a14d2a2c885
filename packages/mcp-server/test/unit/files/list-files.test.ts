import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DocumentRoots, openRoots } from '../../../src/files/document-roots.ts';
import { listFiles } from '../../../src/files/list-files.ts';

let base = '';
let roots: DocumentRoots = { folders: [] };

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'h2ovl-list-')));
  await mkdir(join(base, 'one', 'deep'), { recursive: true });
  await mkdir(join(base, 'two'));
  for (const name of ['one/b.png', 'one/a.JPG', 'one/deep/c.webp', 'one/notes.txt', 'two/d.png']) await writeFile(join(base, name), 'xy');
  await symlink(join(base, 'two', 'd.png'), join(base, 'one', 'link.png'));
  roots = await openRoots([join(base, 'one'), join(base, 'two')]);
});

afterAll(() => rm(base, { recursive: true, force: true }));

async function names(options: Parameters<typeof listFiles>[1]): Promise<string[]> {
  return (await listFiles(roots, options)).files.map((file) => file.source);
}

test('lists images of all roots, sorted, the first root’s by relative path, links and other files left out', async () => {
  expect(await names({})).toEqual([join(base, 'two', 'd.png'), 'a.JPG', 'b.png', 'deep/c.webp']);
  expect((await listFiles(roots, { pattern: 'a.JPG' })).files[0]).toMatchObject({ mediaType: 'image/jpeg', bytes: 2 });
});

test('pages with a cursor until nothing is left', async () => {
  const first = await listFiles(roots, { pageSize: 3 });
  expect([first.files.length, first.total]).toEqual([3, 4]);
  const rest = await listFiles(roots, { pageSize: 3, cursor: first.nextCursor ?? '' });
  expect(rest.files.map((file) => file.source)).toEqual(['deep/c.webp']);
  expect(rest.nextCursor).toBeUndefined();
});

test('narrows by folder and by pattern', async () => {
  expect(await names({ folder: 'deep' })).toEqual(['deep/c.webp']);
  expect(await names({ folder: join(base, 'two') })).toEqual([join(base, 'two', 'd.png')]);
  expect(await names({ pattern: '*.png' })).toEqual([join(base, 'two', 'd.png'), 'b.png']);
  expect(await names({ pattern: '?.webp' })).toEqual(['deep/c.webp']);
  expect(await names({ pattern: 'DEEP' })).toEqual(['deep/c.webp']);
  expect(await names({ pattern: '**********************x' })).toEqual([]);
});

test('names a root that is gone, and refuses when none is left', async () => {
  const [here, gone] = [join(base, 'here'), join(base, 'gone')];
  await mkdir(here);
  await mkdir(gone);
  await writeFile(join(here, 'e.png'), 'xy');
  const both = await openRoots([here, gone]);
  await rm(gone, { recursive: true });
  expect(await listFiles(both)).toMatchObject({ total: 1, unreadable: [gone] });
  await rm(here, { recursive: true });
  await expect(listFiles(both)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND', message: expect.stringContaining('None of the folders') });
});

test('refuses folders outside, foreign cursors and a server without roots', async () => {
  for (const folder of ['..', base, '/etc', 'nowhere', 'data:image/png;base64,aGVsbG8=']) {
    await expect(listFiles(roots, { folder })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
  }
  await expect(listFiles(roots, { cursor: 'nonsense' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(listFiles({ folders: [] })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
});
