import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRoots } from '../../../src/files/document-roots.ts';
import { listFiles } from '../../../src/files/list-files.ts';

let base = '';
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'h2ovl-following-')));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** A folder with documents, listed two at a time by a clock that is `ahead` ms fast; each page comes with the folders that were opened for it. */
async function makeListing(name: string, documents: readonly string[], ahead: number) {
  const folder = join(base, name);
  const add = async (document: string): Promise<void> => {
    await mkdir(join(folder, document, '..'), { recursive: true });
    await writeFile(join(folder, document), 'xy');
  };
  for (const document of documents) await add(document);
  const roots = await openRoots([folder]);
  let clock = ahead;
  const page = async (cursor?: string) => {
    const opened: string[] = [];
    const beforeFolder = async (path: string): Promise<void> => {
      opened.push(relative(folder, path));
    };
    const options = { pageSize: 2, ...(cursor !== undefined && { cursor }), _internal: { beforeFolder, now: () => Date.now() + clock } };
    const { files, total, nextCursor } = await listFiles(roots, options);
    return { names: files.map((file) => file.name), total, nextCursor, opened };
  };
  const wait = (ms: number): void => {
    clock += ms;
  };
  return { folder, add, page, wait };
}

const documents = ['a/1.png', 'a/2.png', 'b/3.png', 'b/4.png', 'c/5.png'];

test('the following pages read only the folders that changed since, and show what is there now', async () => {
  const { folder, add, page } = await makeListing('changes', documents, 10_000);
  const first = await page();
  expect(first).toMatchObject({ names: ['a/1.png', 'a/2.png'], total: 5, opened: ['', 'a', 'b', 'c'] });
  expect(await page(first.nextCursor)).toMatchObject({ names: ['b/3.png', 'b/4.png'], total: 5, opened: [] });
  await add('b/2.png');
  await rm(join(folder, 'c/5.png'));
  const second = await page(first.nextCursor);
  expect(second).toMatchObject({ names: ['b/2.png', 'b/3.png'], total: 5, opened: ['b', 'c'] });
  await add('d/new.png');
  await rm(join(folder, 'c'), { recursive: true });
  expect(await page(second.nextCursor)).toMatchObject({ names: ['b/4.png', 'd/new.png'], total: 6, opened: ['', 'd'] });
  expect((await page()).opened).toEqual(['', 'a', 'b', 'd']); // a new listing reads everything
});

test('a folder that changed right before it was read, or was read long ago, is read again', async () => {
  const fresh = await makeListing('fresh', documents, 0);
  expect((await fresh.page((await fresh.page()).nextCursor)).opened).toEqual(['', 'a', 'b', 'c']);
  const late = await makeListing('late', documents, 10_000);
  const { nextCursor } = await late.page();
  expect((await late.page(nextCursor)).opened).toEqual([]);
  late.wait(11 * 60_000);
  expect((await late.page(nextCursor)).opened).toEqual(['', 'a', 'b', 'c']);
});

test('a folder that was swapped for a link between two pages is not entered', async () => {
  const { folder, page } = await makeListing('swapped', documents, 10_000);
  const { nextCursor } = await page();
  await rename(join(folder, 'b'), join(base, 'b-moved'));
  await symlink(join(base, 'b-moved'), join(folder, 'b'));
  expect(await page(nextCursor)).toMatchObject({ names: ['c/5.png'], total: 3 });
});

test('a listing whose names take long to compare lets other work on meanwhile', async () => {
  const deep = Array.from({ length: 4 }, (_, level) => String(level).repeat(240)).join('/');
  const folder = join(base, 'slow');
  await mkdir(join(folder, deep), { recursive: true });
  for (let index = 0; index < 300; index += 1) await writeFile(join(folder, deep, `${index}.png`), '');
  const roots = await openRoots([folder]);
  const workMs = (): number => process.cpuUsage().user / 1000; // of this process: other programs may take the core away in the middle
  let [longest, last] = [0, workMs()];
  const look = (): void => {
    const now = workMs();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const watch = setInterval(look, 1);
  const started = workMs();
  const { total } = await listFiles(roots, { pattern: `*${'?'.repeat(500)}|` });
  clearInterval(watch);
  look();
  expect(total).toBe(0);
  expect(longest).toBeLessThan((workMs() - started) / 3);
});
