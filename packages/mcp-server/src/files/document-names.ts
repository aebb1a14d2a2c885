import { createHash } from 'node:crypto';
import { dirname, relative, sep } from 'node:path';
import { cleanText } from '../clean-text.ts';
import { type DocumentRoots, findRoot } from './document-roots.ts';
import { showPath, writePath } from './path-text.ts';
import { walkDocuments } from './walk-documents.ts';

/** How a document is called. */
export interface DocumentName {
  /** What a person reads: no two documents have the same. */
  readonly name: string;
  /** Stands for the path, whatever characters that holds; the same every time. */
  readonly handle: string;
  /** What the reading tools take: the name where it reads this document and no other, else the handle. */
  readonly source: string;
}

const handlePattern = /^doc_[A-Za-z0-9_-]{22}$/;

/** The handle of a real path. It opens nothing that its path would not: it is looked up among the documents below the roots. */
export function handleOf(path: string): string {
  return `doc_${createHash('sha256').update(writePath(path)).digest('base64url').slice(0, 22)}`;
}

/** The handle in what a client wrote: alone, or in a name as it is listed, `invoice.png (doc_…)`. */
export function readHandle(source: string): string | undefined {
  const text = source.trim();
  const candidate = text.endsWith(')') ? text.slice(text.lastIndexOf(' (') + 2, -1) : text;
  return handlePattern.test(candidate) ? candidate : undefined;
}

/** A document's name: relative for files of the first root, absolute otherwise. */
export function nameDocument(roots: DocumentRoots, path: string): DocumentName {
  const [first = ''] = roots.folders;
  const written = findRoot({ folders: [first] }, path) === undefined ? path : relative(first, path).split(sep).join('/');
  const handle = handleOf(path);
  const shown = cleanText(showPath(written)).text.normalize('NFC').replace(/\s/gu, ' ');
  // Hidden characters, decomposed letters, odd blanks and bytes that are no letters: another name may look the same.
  if (shown !== written || readHandle(written) !== undefined) return { name: `${shown} (${handle})`, handle, source: handle };
  return { name: written, handle, source: written };
}

/** Handles that were given out, for the roots they belong to. */
const known = new WeakMap<DocumentRoots, Map<string, string>>();
const maxKnown = 100_000;

/** Notes where handles lead, so that they need not be searched for. */
export function rememberHandles(roots: DocumentRoots, paths: readonly string[]): void {
  let handles = known.get(roots);
  if (handles === undefined || handles.size + paths.length > maxKnown) {
    handles = new Map();
    known.set(roots, handles);
  }
  for (const path of paths) handles.set(handleOf(path), path);
}

/** The real path a handle stands for; also of a handle that an earlier start of the server gave out. */
export async function findHandle(roots: DocumentRoots, handle: string, signal?: AbortSignal): Promise<string | undefined> {
  const path = known.get(roots)?.get(handle);
  if (path !== undefined) return path;
  const { paths } = await walkDocuments(roots.folders, { signal });
  rememberHandles(roots, paths);
  return known.get(roots)?.get(handle);
}

/** The one document whose path is written with the same letters, composed or decomposed; undefined when there is none, or more than one. */
export async function findSpelling(roots: DocumentRoots, path: string, signal?: AbortSignal): Promise<string | undefined> {
  return await findSpelt(roots, path, (documents) => documents, signal);
}

/** The same for a folder with documents in it. */
export async function findFolderSpelling(roots: DocumentRoots, path: string, signal?: AbortSignal): Promise<string | undefined> {
  return await findSpelt(
    roots,
    path,
    (documents) => listParents(documents).filter((folder) => findRoot(roots, folder) !== undefined),
    signal,
  );
}

async function findSpelt(
  roots: DocumentRoots,
  path: string,
  candidatesOf: (documents: readonly string[]) => readonly string[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII has one spelling
  if (/^[\x00-\x7f]*$/.test(path)) return undefined;
  const wanted = path.normalize('NFC');
  const { paths } = await walkDocuments(roots.folders, { signal });
  const matches = candidatesOf(paths).filter((found) => found.normalize('NFC') === wanted);
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
