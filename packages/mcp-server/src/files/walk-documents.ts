import { join } from 'node:path';
import { type DocumentName, nameDocument } from './document-names.ts';
import type { DocumentRoots } from './document-roots.ts';
import { type FolderContents, type KeptFolders, keptFoldersOf } from './kept-folders.ts';
import { maxWalkDepth, maxWalkedEntries, maxWalkMs } from './limits.ts';
import { makePacer, type Pacer } from './make-pacer.ts';
import { isDocumentName } from './media-types.ts';
import { type FolderEntry, OpenFolder, type Parent, stampOf } from './open-folder.ts';

/** A document that a walk found. */
export interface WalkedDocument extends DocumentName {
  /** Real path. */
  readonly path: string;
}

/** What a walk found. */
export interface WalkedDocuments {
  readonly documents: readonly WalkedDocument[];
  /** Whether the walk stopped at its limit of entries, depth or time. */
  readonly isIncomplete: boolean;
  /** Those of the folders it began with that cannot be read now. */
  readonly unreadable: readonly string[];
  /** Folders below them that this process may not read. */
  readonly denied: readonly string[];
}

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Reads only the folders that changed since an earlier walk. @default false */
  readonly usesKept?: boolean | undefined;
  /** Test hook: runs before a folder is opened. */
  readonly beforeFolder?: ((path: string) => Promise<void>) | undefined;
  /** Test hook: ms since 1970. */
  readonly now?: (() => number) | undefined;
}

interface Walk extends WalkOptions {
  readonly roots: DocumentRoots;
  readonly kept: KeptFolders;
  readonly now: () => number;
  /** By their paths: a root may lie in another. */
  readonly found: Map<string, WalkedDocument>;
  readonly denied: string[];
  readonly pacer: Pacer;
  /** When it ends, by `now`. */
  readonly until: number;
  entriesLeft: number;
  isIncomplete: boolean;
}

/** The documents below the folders, which are real paths. Links are not followed, not even those that take a folder's place meanwhile. */
export async function walkDocuments(roots: DocumentRoots, folders: readonly string[], options: WalkOptions = {}): Promise<WalkedDocuments> {
  const { now = Date.now } = options;
  const fresh = { found: new Map(), denied: [], pacer: makePacer(options.signal), entriesLeft: maxWalkedEntries, isIncomplete: false };
  const walk: Walk = { ...options, now, until: now() + maxWalkMs, roots, kept: keptFoldersOf(roots), ...fresh };
  const unreadable: string[] = [];
  for (const folder of folders) if ((await enter(walk, folder, 0)) !== 'seen') unreadable.push(folder);
  return { documents: [...walk.found.values()], isIncomplete: walk.isIncomplete, unreadable, denied: walk.denied };
}

/** Collects the documents below a folder; `gone` when it is not there any more, or something else is. */
async function enter(walk: Walk, path: string, depth: number, parent?: Parent): Promise<'seen' | 'denied' | 'gone'> {
  walk.signal?.throwIfAborted();
  if (walk.now() > walk.until) {
    walk.isIncomplete = true;
    return 'seen';
  }
  const kept = walk.usesKept === true ? await findKept(walk, path) : undefined;
  if (kept !== undefined) {
    await collect(walk, path, depth, kept);
    return 'seen';
  }
  await walk.beforeFolder?.(path);
  const folder = await OpenFolder.open(path, parent);
  if (folder === undefined || folder === 'denied') return folder ?? 'gone';
  try {
    const contents = await readFolder(walk, folder);
    if (contents === undefined || contents === 'denied') return contents ?? 'gone';
    await collect(walk, path, depth, contents, folder);
    return 'seen';
  } finally {
    await folder.close();
  }
}

/** What a folder held when it was last read, where it is the same folder and unchanged, and all of it may still be looked at. */
async function findKept({ kept, now, entriesLeft }: Walk, path: string): Promise<FolderContents | undefined> {
  const stamp = await stampOf(path);
  const contents = stamp === undefined ? undefined : kept.get(path, stamp, now());
  return contents !== undefined && contents.entryCount <= entriesLeft ? contents : undefined;
}

async function readFolder(walk: Walk, folder: OpenFolder): Promise<FolderContents | 'denied' | undefined> {
  const [began, stamp] = [walk.now(), await folder.stamp()];
  const entries = await folder.read(walk.entriesLeft + 1);
  if (entries === undefined || entries === 'denied') return entries;
  const isWhole = entries.length <= walk.entriesLeft;
  if (!isWhole) walk.isIncomplete = true;
  const contents = await sortOut(walk, folder.path, entries.slice(0, walk.entriesLeft));
  if (stamp !== undefined && isWhole) walk.kept.set(folder.path, contents, stamp, began);
  return contents;
}

async function sortOut({ roots, pacer }: Walk, path: string, entries: readonly FolderEntry[]): Promise<FolderContents> {
  const documents: WalkedDocument[] = [];
  const subfolders: string[] = [];
  for (const { name, kind } of entries) {
    if (kind === 'folder' && !name.startsWith('.')) subfolders.push(name);
    if (kind === 'file' && isDocumentName(name)) {
      const document = join(path, name);
      documents.push({ path: document, ...nameDocument(roots, document) });
      if (pacer.isDue()) await pacer.pause();
    }
  }
  return { documents, subfolders: subfolders.sort(), entryCount: entries.length };
}

/** Takes what a folder holds, and goes on below it, through `folder` where that is open. */
async function collect(walk: Walk, path: string, depth: number, contents: FolderContents, folder?: OpenFolder): Promise<void> {
  walk.entriesLeft -= contents.entryCount;
  for (const document of contents.documents) walk.found.set(document.path, document);
  if (depth >= maxWalkDepth && contents.subfolders.length > 0) walk.isIncomplete = true;
  else {
    for (const name of contents.subfolders) {
      const below = join(path, name);
      if ((await enter(walk, below, depth + 1, folder && { folder, name })) === 'denied') walk.denied.push(below);
    }
  }
}
