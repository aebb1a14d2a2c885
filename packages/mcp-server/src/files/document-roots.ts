import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { findRealPath, writePath } from './path-text.ts';

/** The folders documents may be read from, as real paths, in the order they were given. */
export interface DocumentRoots {
  readonly folders: readonly string[];
}

/**
 * Resolves the allowed folders once, at start.
 * @throws INVALID_ARGUMENT when one is not a folder
 */
export async function openRoots(folders: readonly string[]): Promise<DocumentRoots> {
  const real: string[] = [];
  for (const folder of folders) {
    const path = await findRealPath(resolve(folder));
    if (path === undefined || !(await stat(writePath(path))).isDirectory()) {
      throw new VisionError('INVALID_ARGUMENT', `${folder} is not a folder.`, { hint: 'Give --root a folder that exists.' });
    }
    if (!real.includes(path)) real.push(path);
  }
  return { folders: real };
}

/** The root that holds the real path `path`, or undefined. `share` does not hold `share-secret/x`. */
export function findRoot(roots: DocumentRoots, path: string): string | undefined {
  return roots.folders.find((root) => {
    const way = relative(root, path);
    return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`));
  });
}

/** Fails unless at least one folder is allowed. */
export function requireRoots(roots: DocumentRoots): void {
  if (roots.folders.length > 0) return;
  throw new VisionError('IMAGE_NOT_FOUND', 'No folder is allowed, so no file can be read.', {
    hint: 'Start the server with --root FOLDER (it may be given several times), or send the document as a data: URL.',
  });
}
