import { extname, join } from 'node:path';
import { maxWalkDepth, maxWalkedEntries } from './limits.ts';
import { mediaTypes } from './media-types.ts';
import { OpenFolder } from './open-folder.ts';

/** What a walk found. */
export interface WalkedDocuments {
  /** Real paths. */
  readonly paths: readonly string[];
  /** Whether the walk stopped at its limit of entries or depth. */
  readonly isIncomplete: boolean;
  /** Those of the folders it began with that cannot be read now. */
  readonly unreadable: readonly string[];
}

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Test hook: runs before a folder is opened. */
  readonly beforeFolder?: ((path: string) => Promise<void>) | undefined;
}

interface Walk extends WalkOptions {
  readonly found: Set<string>;
  entriesLeft: number;
  isIncomplete: boolean;
}

/** The documents below the folders, which are real paths. Links are not followed, not even those that take a folder's place meanwhile. */
export async function walkDocuments(folders: readonly string[], options: WalkOptions = {}): Promise<WalkedDocuments> {
  const walk: Walk = { ...options, found: new Set(), entriesLeft: maxWalkedEntries, isIncomplete: false };
  const unreadable: string[] = [];
  for (const folder of folders) if (!(await enter(walk, folder, 0))) unreadable.push(folder);
  return { paths: [...walk.found], isIncomplete: walk.isIncomplete, unreadable };
}

/** Collects the documents below a folder; false when it cannot be read. */
async function enter(
  walk: Walk,
  path: string,
  depth: number,
  parent?: { readonly folder: OpenFolder; readonly name: string },
): Promise<boolean> {
  walk.signal?.throwIfAborted();
  await walk.beforeFolder?.(path);
  const folder = await OpenFolder.open(path, parent);
  if (folder === undefined) return false;
  try {
    const entries = await folder.read(walk.entriesLeft + 1);
    if (entries === undefined) return false;
    if (entries.length > walk.entriesLeft) walk.isIncomplete = true;
    const seen = entries.slice(0, walk.entriesLeft);
    walk.entriesLeft -= seen.length;
    const subfolders = seen.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
    for (const { name } of seen.filter((entry) => entry.isFile() && mediaTypes.has(extname(entry.name).toLowerCase()))) {
      walk.found.add(join(path, name));
    }
    if (depth >= maxWalkDepth && subfolders.length > 0) walk.isIncomplete = true;
    // A subfolder that is not ours to read is passed over.
    else for (const name of subfolders.sort()) await enter(walk, join(path, name), depth + 1, { folder, name });
    return true;
  } finally {
    await folder.close();
  }
}
