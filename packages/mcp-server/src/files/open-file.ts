import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { type DocumentRoots, findRoot } from './document-roots.ts';
import { denied } from './open-folder.ts';
import { findRealPath, findTarget, writePath } from './path-text.ts';

/**
 * Opens what is at a real path below the roots; undefined when it is not there, a link, or, once open, not below them: the path was checked before,
 * and something else may have taken its place; `denied` when this process may not read it. What is opened need not be a file.
 */
export async function openInside(real: string, roots: DocumentRoots): Promise<FileHandle | 'denied' | undefined> {
  if (findRoot(roots, real) === undefined) return undefined;
  // NOFOLLOW: the last part must still be no link. NONBLOCK: opening a pipe must not wait for a writer.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(writePath(real), flags).catch(denied);
  if (file === undefined || file === 'denied') return file;
  try {
    if (await isInside(file, real, roots)) return file;
  } catch {
    // It went away; closed below.
  }
  await file.close();
  return undefined;
}

async function isInside(file: FileHandle, real: string, roots: DocumentRoots): Promise<boolean> {
  const isBelow = (path: string | undefined): path is string => path !== undefined && findRoot(roots, path) !== undefined;
  if (process.platform === 'linux') return isBelow(await findTarget(`/proc/self/fd/${file.fd}`));
  const opened = await file.stat();
  const again = await findRealPath(real);
  if (!isBelow(again)) return false;
  const there = await stat(writePath(again));
  return there.dev === opened.dev && there.ino === opened.ino;
}
