import { join, relative, sep } from 'node:path';
import { type DocumentRoots, findRoot } from './document-roots.ts';
import { maxWalkDepth, maxWalkedEntries } from './limits.ts';
import { isDocumentName } from './media-types.ts';
import { type FolderEntry, OpenFolder, type Parent } from './open-folder.ts';
import { type WalkedDocument, type WalkOptions, walkDocuments } from './walk-documents.ts';

/** Handles that were given out, for the roots they belong to. */
const known = new WeakMap<DocumentRoots, Map<string, string>>();
const maxKnown = 100_000;

/** Notes where handles lead, so that they need not be searched for. */
export function rememberHandles(roots: DocumentRoots, documents: readonly WalkedDocument[]): void {
  let handles = known.get(roots);
  if (handles === undefined || handles.size + documents.length > maxKnown) {
    handles = new Map();
    known.set(roots, handles);
  }
  for (const { handle, path } of documents) handles.set(handle, path);
}

/**
 * The real path a handle stands for; also of a handle that an earlier start of the server gave out. For one that is not known all folders are looked at, and
 * those that changed since they were last read are read again: a document that has just come is found, and asking for what is not there again costs little.
 */
export async function findHandle(roots: DocumentRoots, handle: string, options: WalkOptions = {}): Promise<string | undefined> {
  const path = known.get(roots)?.get(handle);
  if (path !== undefined) return path;
  const { documents } = await walkDocuments(roots, roots.folders, { ...options, usesKept: true });
  rememberHandles(roots, documents);
  return known.get(roots)?.get(handle);
}

/** How a path is looked for by its letters. */
type SpellingOptions = Pick<WalkOptions, 'signal' | 'beforeFolder'>;

/** The one document whose path is written with the same letters, composed or decomposed; undefined when there is none, or more than one. */
export function findSpelling(roots: DocumentRoots, path: string, options?: SpellingOptions): Promise<string | undefined> {
  return findSpelt(roots, path, ({ kind, name }) => kind === 'file' && isDocumentName(name), options);
}

/** The same for a folder. */
export function findFolderSpelling(roots: DocumentRoots, path: string, options?: SpellingOptions): Promise<string | undefined> {
  return findSpelt(roots, path, isOpenFolder, options);
}

/** Folders whose names begin with a dot are not entered. */
const isOpenFolder = ({ kind, name }: FolderEntry): boolean => kind === 'folder' && !name.startsWith('.');

interface Search extends SpellingOptions {
  readonly isWanted: (entry: FolderEntry) => boolean;
  entriesLeft: number;
}

/** Reads the folders on the way, and no others. */
async function findSpelt(
  roots: DocumentRoots,
  path: string,
  isWanted: Search['isWanted'],
  options: SpellingOptions = {},
): Promise<string | undefined> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII has one spelling
  if (/^[\x00-\x7f]*$/.test(path)) return undefined;
  const wanted = path.normalize('NFC');
  const search = { ...options, isWanted, entriesLeft: maxWalkedEntries };
  const found = new Set<string>();
  for (const root of roots.folders) {
    const spelt = root.normalize('NFC');
    if (findRoot({ folders: [spelt] }, wanted) === undefined) continue;
    const way = relative(spelt, wanted).split(sep);
    if (spelt === wanted) {
      if (isWanted({ kind: 'folder', name: '' })) found.add(root);
    } else if (way.length <= maxWalkDepth + 1) for await (const match of follow(search, root, way)) found.add(match);
  }
  const [match] = found;
  return found.size === 1 ? match : undefined;
}

/** What there is at the end of a way of composed names; more than one folder of a name may lead on. */
async function* follow(search: Search, path: string, [name = '', ...rest]: readonly string[], parent?: Parent): AsyncIterable<string> {
  search.signal?.throwIfAborted();
  await search.beforeFolder?.(path);
  const folder = await OpenFolder.open(path, parent);
  if (folder === undefined || folder === 'denied') return;
  try {
    const entries = await folder.read(search.entriesLeft);
    if (entries === undefined || entries === 'denied') return;
    search.entriesLeft -= entries.length;
    for (const entry of entries) {
      if (entry.name.normalize('NFC') !== name) continue;
      const below = join(path, entry.name);
      if (rest.length === 0) {
        if (search.isWanted(entry)) yield below;
      } else if (isOpenFolder(entry)) yield* follow(search, below, rest, { folder, name: entry.name });
    }
  } finally {
    await folder.close();
  }
}
