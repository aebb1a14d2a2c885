import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.ts';
import { fileMode, folderMode } from './readers.ts';
import { storageError } from './storage-error.ts';
import { temporaryName } from './temporary-files.ts';

/** Makes a folder that only this user can enter, and those above it where they are missing. A folder that is there is left as it is. */
export async function makePrivateFolder(path: string): Promise<void> {
  await makeFolder(path, { mode: folderMode('owner') });
}

/** Writes a small file that only this user can read; it appears with its whole content or not at all. @throws VisionError STORAGE_UNAVAILABLE */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await makePrivateFolder(dirname(path));
  const temporary = temporaryName(`${path}.tmp-`);
  try {
    const handle = await open(temporary, 'wx', fileMode('owner'));
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw storageError(`Cannot write ${path}`, cause);
  }
}
