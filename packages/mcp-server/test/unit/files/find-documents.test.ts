import { mkdir, mkdtemp, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handleOf } from '../../../src/files/document-names.ts';
import { openRoots } from '../../../src/files/document-roots.ts';
import { findFolderSpelling, findHandle, findSpelling } from '../../../src/files/find-documents.ts';
import { maxWalkMs } from '../../../src/files/limits.ts';
import { listFiles } from '../../../src/files/list-files.ts';

let base = '';
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'h2ovl-find-')));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** A served folder, and the folders in it that were opened. `ahead`: ms by which the clock is fast, so that folders count as settled. */
async function serve(name: string, documents: readonly string[], ahead = 10_000) {
  const folder = join(base, name);
  const add = async (document: string): Promise<string> => {
    await mkdir(join(folder, document, '..'), { recursive: true });
    await writeFile(join(folder, document), 'x');
    return join(folder, document);
  };
  for (const document of documents) await add(document);
  const roots = await openRoots([folder]);
  const opened: string[] = [];
  const options = {
    beforeFolder: async (path: string) => void opened.push(relative(folder, path)),
    now: () => Date.now() + ahead,
  };
  /** What a search gives, and the folders it opened. */
  const watch = async <T>(search: Promise<T>) => {
    const result = await search;
    return { result, opened: opened.splice(0) };
  };
  return { folder, add, roots, options, watch };
}

const documents = ['a/1.png', 'b/2.png', 'b/c/3.png'];

test('a handle that nothing has is looked for in every folder once, and a document that has just come is found all the same', async () => {
  const { folder, add, roots, options, watch } = await serve('handles', documents);
  const unknown = handleOf(join(folder, 'none.png'));
  expect(await watch(findHandle(roots, unknown, options))).toEqual({ result: undefined, opened: ['', 'a', 'b', 'b/c'] });
  expect(await watch(findHandle(roots, unknown, options))).toEqual({ result: undefined, opened: [] });
  const fresh = await add('b/c/new.png');
  expect(await watch(findHandle(roots, handleOf(fresh), options))).toEqual({ result: fresh, opened: ['b/c'] });
  expect(await watch(findHandle(roots, handleOf(fresh), options))).toEqual({ result: fresh, opened: [] });
});

test('a document that comes into a folder that has only just changed is found', async () => {
  const { folder, add, roots, options } = await serve('fresh', documents, 0);
  expect(await findHandle(roots, handleOf(join(folder, 'a/new.png')), options)).toBeUndefined();
  const fresh = await add('a/new.png');
  expect(await findHandle(roots, handleOf(fresh), options)).toBe(fresh);
});

test('a name that is spelt another way is looked for in the folders on its way, and in no others', async () => {
  const [composed, decomposed] = ['f\u00fcr/caf\u00e9.png', 'fu\u0308r/cafe\u0301.png'];
  const { folder, add, roots, options, watch } = await serve('spelling', ['a/1.png', 'a/b/2.png', decomposed, 'f\u00fcrs/4.png']);
  const way = ['', 'fu\u0308r'];
  expect(await watch(findSpelling(roots, join(folder, composed), options))).toEqual({ result: join(folder, decomposed), opened: way });
  expect(await watch(findFolderSpelling(roots, join(folder, 'f\u00fcr'), options))).toEqual({
    result: join(folder, 'fu\u0308r'),
    opened: [''],
  });
  for (const unknown of ['f\u00fcr/th\u00e9.png', 'f\u00fcr/caf\u00e9.png/x.png'])
    expect((await watch(findSpelling(roots, join(folder, unknown), options))).result).toBeUndefined();
  expect(await watch(findSpelling(roots, join(folder, 'n\u00e9ant/x.png'), options))).toEqual({ result: undefined, opened: [''] });
  expect(await watch(findSpelling(roots, join(base, 'n\u00e9ant.png'), options))).toEqual({ result: undefined, opened: [] });
  const fresh = await add('fu\u0308r/the\u0301.png');
  expect(await findSpelling(roots, join(folder, 'f\u00fcr/th\u00e9.png'), options)).toBe(fresh);
});

test('of two that look the same none is taken', async () => {
  const { folder, roots, options } = await serve('twice', [
    '\u00e9\u0301\u0323/x.png',
    'e\u0323\u0301\u0301/x.png',
    '.\u00e9/x.png',
    '\u00e9.txt',
  ]);
  expect(await findSpelling(roots, join(folder, '\u1eb9\u0301\u0301/x.png'), options)).toBeUndefined();
  expect(await findSpelling(roots, join(folder, '.e\u0301/x.png'), options)).toBeUndefined(); // hidden
  expect(await findSpelling(roots, join(folder, 'e\u0301.txt'), options)).toBeUndefined(); // no document
  await rename(join(folder, 'e\u0323\u0301\u0301'), join(folder, 'other'));
  expect(await findSpelling(roots, join(folder, '\u1eb9\u0301\u0301/x.png'), options)).toBe(join(folder, '\u00e9\u0301\u0323/x.png'));
});

test('a walk over folders that answer slowly ends, and says so', async () => {
  const { folder, roots } = await serve('slow', documents);
  let clock = 0;
  const opened: string[] = [];
  const slow = {
    now: () => clock,
    beforeFolder: async (path: string) => {
      opened.push(relative(folder, path));
      clock += maxWalkMs * 0.6;
    },
  };
  expect(await findHandle(roots, handleOf(join(folder, 'none.png')), slow)).toBeUndefined();
  expect(opened).toEqual(['', 'a']);
  expect(await listFiles(roots, { _internal: slow })).toMatchObject({ total: 1, isIncomplete: true });
});
