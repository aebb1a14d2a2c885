import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';

export interface WalkOptions {
  /** Whether folders in the folder are entered, too. */
  readonly isRecursive: boolean;
  /** Which files count, by their path below the folder, with `/` between. */
  readonly isWanted: (path: string) => boolean;
  readonly signal: AbortSignal;
}

/** What was found below a folder. Paths are relative to it, with `/` between. */
export interface FoundFiles {
  /** By their names, numbers in them by value: page-2 before page-10. */
  readonly files: readonly string[];
  readonly unreadable: readonly { readonly path: string; readonly code: string }[];
  /** Folders that were seen, whether they were entered or not. */
  readonly folders: number;
}

/** Entries that are looked at; a disk of photos has fewer, a root folder more. */
const maxEntries = 1_000_000;

const { compare } = new Intl.Collator('en', { numeric: true });

/**
 * The files below a folder. Names that begin with a dot are left out, and links to folders are not followed: they may lead in circles.
 * @throws VisionError IMAGE_UNREADABLE (the folder itself), DOCUMENT_TOO_LARGE (too many entries); the signal's reason when aborted
 */
export async function walkFolder(folder: string, { isRecursive, isWanted, signal }: WalkOptions): Promise<FoundFiles> {
  const files: string[] = [];
  const unreadable: { path: string; code: string }[] = [];
  const waiting = [''];
  let [entries, folders] = [0, 0];
  for (let inside = waiting.pop(); inside !== undefined; inside = waiting.pop()) {
    signal.throwIfAborted();
    try {
      for await (const entry of await opendir(join(folder, inside))) {
        entries += 1;
        if (entries > maxEntries) throw tooMany(folder);
        if (entry.name.startsWith('.')) continue;
        const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
        if (entry.isDirectory()) {
          folders += 1;
          if (isRecursive) waiting.push(path);
        } else if (isWanted(path) && (await isRegular(entry, join(folder, path)))) files.push(path);
      }
    } catch (error) {
      if (VisionError.isInstance(error)) throw error;
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      if (inside === '' && (code === 'ENOENT' || code === 'ENOTDIR')) break; // the beginning of a pattern: nothing matches
      unreadable.push({ path: inside, code });
    }
  }
  return { files: files.sort((a, b) => compare(a, b) || (a < b ? -1 : 1)), unreadable, folders };
}

/** Devices and pipes that lie in a folder are nobody's documents. */
async function isRegular(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isFile();
  return await stat(path).then(
    (found) => found.isFile(),
    () => true, // a link that leads nowhere is named when it is opened
  );
}

function tooMany(folder: string): VisionError {
  return new VisionError('DOCUMENT_TOO_LARGE', `${folder} holds more than ${maxEntries.toLocaleString('en-US')} files and folders.`, {
    hint: 'Name a folder further down.',
  });
}
