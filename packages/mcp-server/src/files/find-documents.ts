import { dirname } from 'node:path';
import { type DocumentRoots, findRoot } from './document-roots.ts';
import { type WalkedDocument, walkDocuments } from './walk-documents.ts';

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

/** The real path a handle stands for; also of a handle that an earlier start of the server gave out. */
export async function findHandle(roots: DocumentRoots, handle: string, signal?: AbortSignal): Promise<string | undefined> {
  const path = known.get(roots)?.get(handle);
  if (path !== undefined) return path;
  const { documents } = await walkDocuments(roots, roots.folders, { signal });
  rememberHandles(roots, documents);
  return known.get(roots)?.get(handle);
}

/** The one document whose path is written with the same letters, composed or decomposed; undefined when there is none, or more than one. */
export async function findSpelling(roots: DocumentRoots, path: string, signal?: AbortSignal): Promise<string | undefined> {
  return await findSpelt(roots, path, (paths) => paths, signal);
}

/** The same for a folder with documents in it. */
export async function findFolderSpelling(roots: DocumentRoots, path: string, signal?: AbortSignal): Promise<string | undefined> {
  return await findSpelt(roots, path, (paths) => listParents(paths).filter((folder) => findRoot(roots, folder) !== undefined), signal);
}

async function findSpelt(
  roots: DocumentRoots,
  path: string,
  candidatesOf: (paths: readonly string[]) => readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII has one spelling
  if (/^[\x00-\x7f]*$/.test(path)) return undefined;
  const wanted = path.normalize('NFC');
  const { documents } = await walkDocuments(roots, roots.folders, { signal });
  const matches = candidatesOf(documents.map((document) => document.path)).filter((found) => found.normalize('NFC') === wanted);
  return matches.length === 1 ? matches[0] : undefined;
}

/** Every folder on the way to the documents, once. */
function listParents(paths: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  return [...folders];
}
