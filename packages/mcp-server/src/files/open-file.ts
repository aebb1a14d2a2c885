import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises';
import { type DocumentRoots, findRoot } from './document-roots.ts';

/**
 * Opens what is at a real path below the roots; undefined when it is not there, a link, or, once open, not below them: the path was checked before,
 * and something else may have taken its place. What is opened need not be a file.
 */
export async function openInside(real: string, roots: DocumentRoots): Promise<FileHandle | undefined> {
  if (findRoot(roots, real) === undefined) return undefined;
  // NOFOLLOW: the last part must still be no link. NONBLOCK: opening a pipe must not wait for a writer.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(real, flags).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    if (await isInside(file, real, roots)) return file;
  } catch {
    // It went away; closed below.
  }
  await file.close();
  return undefined;
}

async function isInside(file: FileHandle, real: string, roots: DocumentRoots): Promise<boolean> {
  if (process.platform === 'linux') return findRoot(roots, await readlink(`/proc/self/fd/${file.fd}`)) !== undefined;
  const opened = await file.stat();
  const again = await realpath(real);
  const there = await stat(again);
  return findRoot(roots, again) !== undefined && there.dev === opened.dev && there.ino === opened.ino;
}
