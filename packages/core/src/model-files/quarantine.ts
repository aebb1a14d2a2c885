import { rename } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { makePrivateFolder } from '../store/private-file.ts';

/** Where damaged files of the home folder are put aside. */
export const quarantineFolder = (home: string): string => join(home, 'quarantine');

/**
 * Puts a damaged file or folder of the home folder aside, so that it is not met again and can still be looked at. Files elsewhere are the user's own and stay.
 * Returns the new place; undefined when it stays, or the disk does not allow it.
 */
export async function quarantine(path: string, home: string): Promise<string | undefined> {
  const absolute = resolve(path);
  if (!absolute.startsWith(resolve(home) + sep)) return undefined;
  const target = join(quarantineFolder(home), `${new Date().toISOString().replace(/[:.]/g, '-')}-${basename(absolute)}`);
  try {
    await makePrivateFolder(quarantineFolder(home));
    await rename(absolute, target);
    return target;
  } catch {
    return undefined; // a read-only disk: it is refused all the same
  }
}
