import { chmod, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DocumentRoots, openRoots } from '../../../src/files/document-roots.ts';
import { listFiles } from '../../../src/files/list-files.ts';
import { readDocument } from '../../../src/files/read-document.ts';

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

test('documents that come or go between two pages make none of the others miss or repeat', async () => {
  const folder = join(base, 'pages');
  await mkdir(folder);
  for (const name of ['b', 'c', 'd', 'e', 'f']) await writeFile(join(folder, `${name}.png`), 'xy');
  const paged = await openRoots([folder]);
  const page = async (cursor?: string): Promise<readonly [string[], string | undefined]> => {
    const { files, nextCursor } = await listFiles(paged, { pageSize: 2, ...(cursor !== undefined && { cursor }) });
    return [files.map(({ name }) => name), nextCursor];
  };
  const [first, cursor] = await page();
  expect(first).toEqual(['b.png', 'c.png']);
  await writeFile(join(folder, 'a.png'), 'xy');
  expect((await page(cursor))[0]).toEqual(['d.png', 'e.png']);
  for (const name of ['a.png', 'b.png']) await rm(join(folder, name));
  expect((await page(cursor))[0]).toEqual(['d.png', 'e.png']);
  await rm(join(folder, 'c.png')); // the one the cursor stands at
  await writeFile(join(folder, 'a.png'), 'xy');
  expect((await page(cursor))[0]).toEqual(['d.png', 'e.png']);
  // With others before it: what follows moves up by more than one.
  for (const name of ['b', 'c']) await writeFile(join(folder, `${name}.png`), 'xy');
  const [, second] = await page((await page())[1]);
  for (const name of ['b', 'c', 'd']) await rm(join(folder, `${name}.png`));
  expect((await page(second))[0]).toEqual(['e.png', 'f.png']);
});

test('folders whose names begin with a dot are left out, unless one is named; documents whose names do are listed', async () => {
  const folder = join(base, 'hidden');
  await mkdir(join(folder, '.cache', 'deep'), { recursive: true });
  for (const name of ['.cache/x.png', '.cache/deep/y.png', '.z.png']) await writeFile(join(folder, name), 'xy');
  const hidden = await openRoots([folder]);
  expect((await listFiles(hidden)).files.map(({ name }) => name)).toEqual(['.z.png']);
  expect((await listFiles(hidden, { folder: '.cache' })).files.map(({ name }) => name)).toEqual(['.cache/deep/y.png', '.cache/x.png']);
  expect((await readDocument('.cache/x.png', hidden)).bytes).toHaveLength(2);
});

test('narrows by folder and by pattern', async () => {
  expect(await names({ folder: 'deep' })).toEqual(['deep/c.webp']);
  expect(await names({ folder: join(base, 'two') })).toEqual([join(base, 'two', 'd.png')]);
  expect(await names({ pattern: '*.png' })).toEqual([join(base, 'two', 'd.png'), 'b.png']);
  expect(await names({ pattern: '?.webp' })).toEqual(['deep/c.webp']);
  expect(await names({ pattern: 'DEEP' })).toEqual(['deep/c.webp']);
  expect(await names({ pattern: '**********************x' })).toEqual([]);
});

test('an empty folder is none, and one is found as it is written before anything is made of its name', async () => {
  for (const folder of ['', ' ']) expect(await names({ folder })).toHaveLength(4);
  const odd = join(base, 'odd');
  for (const name of ['~', 'Bu\u0308ro', ' blank', '"q"']) {
    await mkdir(join(odd, name), { recursive: true });
    await writeFile(join(odd, name, 'x.png'), name);
  }
  const oddRoots = await openRoots([odd]);
  const count = async (folder: string): Promise<number> => (await listFiles(oddRoots, { folder })).total;
  for (const folder of ['~', 'B\u00fcro', 'Bu\u0308ro', ' blank', '"q"']) expect([folder, await count(folder)]).toEqual([folder, 1]);
  // A folder that holds the allowed one is as far away in either spelling.
  await mkdir(join(odd, 'Bu\u0308ro', 'in'));
  await writeFile(join(odd, 'Bu\u0308ro', 'in', 'y.png'), 'y');
  const inner = await openRoots([join(odd, 'Bu\u0308ro', 'in')]);
  expect((await listFiles(inner, { folder: join(odd, 'B\u00fcro', 'in') })).total).toBe(1);
  await expect(listFiles(inner, { folder: join(odd, 'B\u00fcro') })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
});

/** Does work with the rights of somebody who owns nothing here; whoever runs tests as root may read everything. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

test('what this process may not read is named, be it a folder, what stands in one, or a document', async () => {
  const folder = join(base, 'rights');
  for (const name of ['closed', 'no-way-in', 'open']) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'x.png'), 'xy');
  }
  await writeFile(join(folder, 'mine.png'), 'xy');
  const mine = await openRoots([folder]);
  await chmod(base, 0o755);
  await chmod(join(folder, 'closed'), 0);
  await chmod(join(folder, 'no-way-in'), 0o444);
  await chmod(join(folder, 'mine.png'), 0);
  try {
    const { files, total, denied, unreadable } = await asNobody(() => listFiles(mine));
    expect({ names: files.map(({ name }) => name), total, denied, unreadable }).toEqual({
      names: ['open/x.png'],
      total: 3, // what stands in the closed folder cannot be counted
      denied: ['closed', 'mine.png', 'no-way-in/x.png'],
      unreadable: [],
    });
    await expect(asNobody(() => readDocument('mine.png', mine))).rejects.toMatchObject({
      code: 'IMAGE_NOT_FOUND',
      message: expect.stringContaining('may not read it'),
    });
  } finally {
    for (const name of ['closed', 'no-way-in', 'mine.png']) await chmod(join(folder, name), 0o755);
  }
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

/** A folder that is allowed, with `sub/in.png`, beside one that is not, with `out.png`. */
async function makeTrap(name: string): Promise<{ allowed: string; secret: string; trapRoots: DocumentRoots }> {
  const [allowed, secret] = [join(base, name, 'allowed'), join(base, name, 'secret')];
  await mkdir(join(allowed, 'sub'), { recursive: true });
  await mkdir(join(secret, 'sub'), { recursive: true });
  await writeFile(join(allowed, 'sub', 'in.png'), 'in');
  for (const file of ['out.png', 'sub/out.png']) await writeFile(join(secret, file), 'secret');
  return { allowed, secret, trapRoots: await openRoots([allowed]) };
}

test('a root that became a link cannot be read, wherever it leads', async () => {
  const { allowed, secret, trapRoots } = await makeTrap('root-link');
  await rename(allowed, `${allowed}-moved`);
  await symlink(secret, allowed);
  await expect(listFiles(trapRoots)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND', message: expect.stringContaining('cannot be read') });
  await expect(listFiles(trapRoots, { folder: 'sub' })).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
});

test('a folder swapped for a link while a listing is under way shows nothing of what lies outside', async () => {
  for (const which of ['sub', 'root'] as const) {
    const { allowed, secret, trapRoots } = await makeTrap(`swap-${which}`);
    const victim = which === 'sub' ? join(allowed, 'sub') : allowed;
    let swaps = 0;
    const beforeFolder = async (path: string): Promise<void> => {
      if (path !== join(allowed, 'sub') || swaps > 0) return;
      swaps += 1;
      await rename(victim, `${victim}-moved`);
      await symlink(which === 'sub' ? join(secret, 'sub') : secret, victim);
    };
    const { files } = await listFiles(trapRoots, { _internal: { beforeFolder } });
    expect([which, swaps, files.map(({ name }) => name).filter((name) => name.includes('out.png'))]).toEqual([which, 1, []]);
  }
});

test('a file swapped for a link after it was found is not looked at', async () => {
  const { allowed, secret, trapRoots } = await makeTrap('swap-file');
  await writeFile(join(allowed, 'z.png'), 'in');
  await rm(join(allowed, 'sub', 'in.png'));
  await symlink(join(secret, 'out.png'), join(allowed, 'sub', 'in.png'));
  expect((await listFiles(trapRoots)).files.map(({ name, bytes }) => [name, bytes])).toEqual([['z.png', 2]]);
});
