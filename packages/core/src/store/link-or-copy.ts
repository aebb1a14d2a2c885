import { constants } from 'node:fs';
import { chmod, copyFile, link } from 'node:fs/promises';
import { fileMode, type Readers } from './readers.ts';
import { storageError } from './storage-error.ts';

/** A second name for the same bytes costs no space; on another disk, or where links are not allowed, a copy. @throws VisionError STORAGE_UNAVAILABLE */
export async function linkOrCopy(path: string, target: string, readers: Readers): Promise<void> {
  try {
    await link(path, target);
  } catch {
    try {
      await copyFile(path, target, constants.COPYFILE_FICLONE);
      if (readers === 'owner') await chmod(target, fileMode(readers)); // a copy brings the other file's permissions along
    } catch (cause) {
      throw storageError(`Cannot copy ${path} to ${target}`, cause);
    }
  }
}
