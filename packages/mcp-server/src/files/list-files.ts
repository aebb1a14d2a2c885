import { stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { type DocumentName, findFolderSpelling, nameDocument, rememberHandles } from './document-names.ts';
import { type DocumentRoots, findRoot, requireRoots } from './document-roots.ts';
import { maxPathChars } from './limits.ts';
import { mediaTypes } from './media-types.ts';
import { openInside } from './open-file.ts';
import { parseSource } from './parse-source.ts';
import { findRealPath, writePath } from './path-text.ts';
import { type WalkOptions, walkDocuments } from './walk-documents.ts';

/** A file that looks like a document. */
export interface ListedFile extends DocumentName {
  readonly mediaType: string;
  readonly bytes: number;
  /** ISO 8601. */
  readonly modified: string;
}

export interface FileListing {
  readonly files: readonly ListedFile[];
  /** Documents found in all. */
  readonly total: number;
  /** Hand it back for the next page; absent on the last. */
  readonly nextCursor?: string;
  /** Whether the walk stopped at its limit of entries or depth. */
  readonly isIncomplete: boolean;
  /** Allowed folders that cannot be read now: gone, or not allowed to this process. */
  readonly unreadable: readonly string[];
  /** Names of folders below them, and of documents of this page, that this process may not read. */
  readonly denied: readonly string[];
}

export interface ListFilesOptions {
  /** Only below this folder; all when it is empty. */
  readonly folder?: string;
  /** Only names that contain this text, or match it where it has `*` or `?`. */
  readonly pattern?: string;
  readonly cursor?: string;
  /** @default 100 */
  readonly pageSize?: number;
  readonly signal?: AbortSignal;
  /** Test hook: runs before a folder is opened. */
  readonly _internal?: Pick<WalkOptions, 'beforeFolder'>;
}

/**
 * Documents below the allowed folders, sorted by name, page by page. Links are not followed.
 * @throws IMAGE_NOT_FOUND without a root, when none can be read, or for a folder outside them, INVALID_ARGUMENT for a foreign cursor
 */
export async function listFiles(roots: DocumentRoots, options: ListFilesOptions = {}): Promise<FileListing> {
  requireRoots(roots);
  const { pageSize = 100 } = options;
  const after = readCursor(options.cursor);
  const { folder = '', signal } = options;
  const starts = folder.trim() === '' ? roots.folders : [await findFolder(roots, folder, signal)];
  const isWanted = makeMatcher(options.pattern);
  const { paths, isIncomplete, unreadable, denied } = await walkDocuments(starts, { signal, ...options._internal });
  if (unreadable.length === starts.length) throw unreadableFolders(unreadable);
  rememberHandles(roots, paths);
  const wanted = paths.map((path) => ({ path, ...nameDocument(roots, path) })).filter(({ name }) => isWanted(name));
  wanted.sort((a, b) => (a.name < b.name ? -1 : 1)); // code units, the same on every machine
  const offset = findOffset(wanted, after);
  const files: ListedFile[] = [];
  const locked = denied.map((path) => nameDocument(roots, path).name);
  for (const { path, ...name } of wanted.slice(offset, offset + pageSize)) {
    const facts = await readFacts(path, roots);
    if (facts === 'denied') locked.push(name.name);
    if (facts === undefined || facts === 'denied') continue; // deleted since, or not ours to read
    const mediaType = mediaTypes.get(extname(path).toLowerCase()) ?? 'application/octet-stream';
    files.push({ ...name, mediaType, ...facts });
  }
  const end = offset + pageSize;
  return {
    files,
    total: wanted.length,
    ...(end < wanted.length ? { nextCursor: makeCursor(end, wanted[end - 1]) } : {}),
    isIncomplete,
    unreadable,
    denied: locked,
  };
}

/** Of the file itself, opened as the reading tools open it. */
async function readFacts(path: string, roots: DocumentRoots): Promise<Pick<ListedFile, 'bytes' | 'modified'> | 'denied' | undefined> {
  const file = await openInside(path, roots);
  if (file === undefined || file === 'denied') return file;
  try {
    const facts = await file.stat();
    return facts.isFile() ? { bytes: facts.size, modified: facts.mtime.toISOString() } : undefined;
  } finally {
    await file.close();
  }
}

async function findFolder(roots: DocumentRoots, folder: string, signal: AbortSignal | undefined): Promise<string> {
  const [first = '.'] = roots.folders;
  const isPath = folder.length <= maxPathChars && !folder.includes('\0');
  // First exactly as it is written, as documents are found: names may begin with blanks, quotes or ~.
  const exact = isPath ? await findInside(roots, resolve(first, folder)) : undefined;
  if (exact !== undefined) return exact;
  const parsed = isPath ? parseSource(folder) : undefined;
  const path = parsed?.type === 'path' ? resolve(first, parsed.path) : undefined;
  const real = path === undefined ? undefined : ((await findInside(roots, path)) ?? (await findFolderSpelling(roots, path, signal)));
  if (real !== undefined) return real;
  throw new VisionError('IMAGE_NOT_FOUND', `${JSON.stringify(folder.slice(0, 200))} is not a folder below the allowed ones.`, {
    hint: 'Leave `folder` out to list everything; --root adds folders.',
  });
}

/** The real path of a folder below the roots. */
async function findInside(roots: DocumentRoots, path: string): Promise<string | undefined> {
  const real = await findRealPath(path);
  if (real === undefined || findRoot(roots, real) === undefined) return undefined;
  return (await stat(writePath(real)).catch(() => undefined))?.isDirectory() === true ? real : undefined;
}

function unreadableFolders(folders: readonly string[]): VisionError {
  const names = folders.map((folder) => JSON.stringify(basename(folder))).join(', ');
  const what = folders.length === 1 ? `The folder ${names} cannot be read` : `None of the folders ${names} can be read`;
  return new VisionError('IMAGE_NOT_FOUND', `${what}: it was moved or removed, or this server may not read it.`, {
    hint: 'Put it back, or ask the owner of the server.',
  });
}

function makeMatcher(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined || pattern === '') return () => true;
  const wanted = pattern.toLowerCase();
  if (!/[*?]/.test(wanted)) return (name) => name.toLowerCase().includes(wanted);
  // Only these two wildcards, matched by hand: a pattern from outside never becomes a regular expression.
  return (name) => matches(name.toLowerCase(), wanted) || matches(name.toLowerCase().slice(name.lastIndexOf('/') + 1), wanted);
}

/** Greedy wildcard match with one point of return, O(name x pattern). */
function matches(name: string, pattern: string): boolean {
  let at = 0;
  let back = -1;
  let backName = 0;
  let index = 0;
  while (index < name.length) {
    if (pattern[at] === '*') {
      back = at;
      backName = index;
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === name[index]) {
      at += 1;
      index += 1;
    } else if (back >= 0) {
      at = back + 1;
      backName += 1;
      index = backName;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** How far a listing was shown, and the last document of it: others may have come or gone when the next page is asked for. */
interface Cursor {
  readonly offset: number;
  readonly handle: string;
}

function findOffset(wanted: readonly DocumentName[], { offset, handle }: Cursor): number {
  if (offset === 0) return 0;
  const last = wanted.findIndex((document) => document.handle === handle);
  return last >= 0 ? last + 1 : offset - 1; // it went itself: all that follow moved up
}

function makeCursor(offset: number, last: DocumentName | undefined): string {
  return Buffer.from(`${offset}:${last?.handle}`).toString('base64url');
}

function readCursor(cursor: string | undefined): Cursor {
  if (cursor === undefined || cursor === '') return { offset: 0, handle: '' };
  const match = /^([1-9]\d{0,8}):(doc_[\w-]{22})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (match === null)
    throw new VisionError('INVALID_ARGUMENT', 'The cursor is not one this server gave out.', { hint: 'Leave it out to start over.' });
  return { offset: Number(match[1]), handle: match[2] as string };
}
