import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { storageError } from './storage-error.ts';

/**
 * Makes a folder, and those above it where they are missing. Folder by folder, because Node's own recursive form tries for ever, deaf to signals, where
 * a system says of an existing folder that what shall be made in it does not exist, as /proc does.
 * @param options.mode of the folders that are made
 * @throws VisionError STORAGE_UNAVAILABLE
 */
export async function makeFolder(path: string, options: { readonly mode?: number } = {}): Promise<void> {
  const missing: string[] = [];
  let above = resolve(path);
  try {
    while (!(await isThere(above))) {
      missing.push(above);
      above = dirname(above);
    }
    for (const folder of missing.reverse()) await makeOne(folder, options.mode);
  } catch (cause) {
    throw storageError(`Cannot create the folder ${path}`, cause);
  }
  if (missing.length === 0 && !(await stat(above)).isDirectory()) {
    throw storageError(`Cannot create the folder ${path}`, Object.assign(new Error('a file has this name'), { code: 'EEXIST' }));
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path) return false;
    throw error;
  }
}

async function makeOne(path: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    // Another process may have made it in the meantime.
    const info = (error as NodeJS.ErrnoException).code === 'EEXIST' ? await stat(path) : undefined;
    if (!info?.isDirectory()) throw error;
  }
}
