import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { storageError } from './storage-error.ts';

/**
 * Moves a finished folder to its name on the same disk, in place of an older one: at any moment one of the two is there under the name, or the older one
 * beside it. @throws VisionError STORAGE_UNAVAILABLE
 */
export async function replaceFolder(finished: string, target: string): Promise<void> {
  const old = `${finished}.old`;
  try {
    await syncFolder(finished);
    const replaced = await rename(target, old).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    await rename(finished, target).catch(async (error: unknown) => {
      if (replaced) await rename(old, target); // better the older one than none
      throw error;
    });
    await syncFolder(dirname(target));
    if (replaced) await rm(old, { recursive: true, force: true });
  } catch (cause) {
    throw storageError(`Cannot move the finished files to ${target}`, cause);
  }
}

/** Makes renames durable. Windows cannot open folders and needs no such step. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
