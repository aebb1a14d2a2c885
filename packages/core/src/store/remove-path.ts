import { rm } from 'node:fs/promises';
import { storageError } from './storage-error.ts';

/** Removes a file, or a folder with all in it; what is not there counts as removed. @throws VisionError STORAGE_UNAVAILABLE */
export async function removePath(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (cause) {
    throw storageError(`Cannot remove ${path}`, cause);
  }
}
