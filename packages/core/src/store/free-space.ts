import { stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { VisionError } from '@h2ovl/contract';

/** Bytes that this user may still write on the disk of a folder, which need not be there yet. */
export async function freeBytesAt(folder: string): Promise<number> {
  const disk = await statfs(await nearestFolder(folder));
  return disk.bavail * disk.bsize;
}

/** The folder itself, or the nearest one above it that exists. */
async function nearestFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  return exists || dirname(path) === path ? path : nearestFolder(dirname(path));
}

/**
 * @param what the thing that needs the space, as the beginning of a sentence
 * @throws VisionError STORAGE_UNAVAILABLE with both numbers when the disk has not enough space
 */
export async function checkFreeSpace(folder: string, neededBytes: number, what: string): Promise<void> {
  const freeBytes = await freeBytesAt(folder);
  if (freeBytes >= neededBytes) return;
  throw new VisionError('STORAGE_UNAVAILABLE', `${what} takes ${megabytes(neededBytes)}; ${folder} has ${megabytes(freeBytes)} free.`, {
    hint: 'Free some space, or set H2OVL_HOME to a folder on a larger disk.',
  });
}

/** Rounded up: a number that is shown as enough is enough. */
const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6).toLocaleString('en-US')} MB`;
