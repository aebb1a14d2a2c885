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
  /** Folders below them that this process may not read. */
  readonly denied: readonly string[];
}

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Test hook: runs before a folder is opened. */
  readonly beforeFolder?: ((path: string) => Promise<void>) | undefined;
}

interface Walk extends WalkOptions {
  readonly found: Set<string>;
  readonly denied: string[];
  entriesLeft: number;
  isIncomplete: boolean;
}

/** The documents below the folders, which are real paths. Links are not followed, not even those that take a folder's place meanwhile. */
export async function walkDocuments(folders: readonly string[], options: WalkOptions = {}): Promise<WalkedDocuments> {
  const walk: Walk = { ...options, found: new Set(), denied: [], entriesLeft: maxWalkedEntries, isIncomplete: false };
  const unreadable: string[] = [];
  for (const folder of folders) if ((await enter(walk, folder, 0)) !== 'seen') unreadable.push(folder);
  return { paths: [...walk.found], isIncomplete: walk.isIncomplete, unreadable, denied: walk.denied };
}

/** Collects the documents below a folder; `gone` when it is not there any more, or something else is. */
async function enter(
  walk: Walk,
  path: string,
  depth: number,
  parent?: { readonly folder: OpenFolder; readonly name: string },
): Promise<'seen' | 'denied' | 'gone'> {
  walk.signal?.throwIfAborted();
  await walk.beforeFolder?.(path);
  const folder = await OpenFolder.open(path, parent);
  if (folder === undefined || folder === 'denied') return folder ?? 'gone';
  try {
    const entries = await folder.read(walk.entriesLeft + 1);
    if (entries === undefined || entries === 'denied') return entries ?? 'gone';
    if (entries.length > walk.entriesLeft) walk.isIncomplete = true;
    const seen = entries.slice(0, walk.entriesLeft);
    walk.entriesLeft -= seen.length;
    const subfolders = seen.filter(({ name, kind }) => kind === 'folder' && !name.startsWith('.')).map(({ name }) => name);
    for (const { name, kind } of seen) if (kind === 'file' && mediaTypes.has(extname(name).toLowerCase())) walk.found.add(join(path, name));
    if (depth >= maxWalkDepth && subfolders.length > 0) walk.isIncomplete = true;
    else {
      for (const name of subfolders.sort()) {
        if ((await enter(walk, join(path, name), depth + 1, { folder, name })) === 'denied') walk.denied.push(join(path, name));
      }
    }
    return 'seen';
  } finally {
    await folder.close();
  }
}
