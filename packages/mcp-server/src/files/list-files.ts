import { stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { type DocumentName, nameDocument } from './document-names.ts';
import { type DocumentRoots, findRoot, requireRoots } from './document-roots.ts';
import { findFolderSpelling, rememberHandles } from './find-documents.ts';
import { maxPathChars } from './limits.ts';
import { makePacer } from './make-pacer.ts';
import { mediaTypes } from './media-types.ts';
import { openInside } from './open-file.ts';
import { parseSource } from './parse-source.ts';
import { findRealPath, writePath } from './path-text.ts';
import { type WalkedDocument, type WalkOptions, walkDocuments } from './walk-documents.ts';

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
  /** Whether the walk stopped at its limit of entries, depth or time. */
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
  /** Test hooks of the walk. */
  readonly _internal?: Pick<WalkOptions, 'beforeFolder' | 'now'>;
}

/**
 * Documents below the allowed folders, sorted by name, page by page. Links are not followed, and folders whose names begin with a dot are not entered. The
 * first page reads every folder; the following ones read those that changed since, so each page shows what is there now.
 * @throws IMAGE_NOT_FOUND without a root, when none can be read, or for a folder outside them, INVALID_ARGUMENT for a foreign cursor
 */
export async function listFiles(roots: DocumentRoots, options: ListFilesOptions = {}): Promise<FileListing> {
  requireRoots(roots);
  const { pageSize = 100 } = options;
  const after = readCursor(options.cursor);
  const { folder = '', signal } = options;
  const starts = folder.trim() === '' ? roots.folders : [await findFolder(roots, folder, signal)];
  const isWanted = makeMatcher(options.pattern);
  const walked = await walkDocuments(roots, starts, { signal, usesKept: after !== undefined, ...options._internal });
  const { documents, isIncomplete, unreadable, denied } = walked;
  if (unreadable.length === starts.length) throw unreadableFolders(unreadable);
  rememberHandles(roots, documents);
  const wanted = await choose(documents, isWanted, signal);
  const rest = after === undefined ? wanted : wanted.filter(({ name }) => name > after);
  rest.sort((a, b) => (a.name < b.name ? -1 : 1)); // code units, the same on every machine
  const page = rest.slice(0, pageSize);
  const files: ListedFile[] = [];
  const locked = denied.map((path) => nameDocument(roots, path).name);
  for (const { path, ...name } of page) {
    const facts = await readFacts(path, roots);
    if (facts === 'denied') locked.push(name.name);
    if (facts === undefined || facts === 'denied') continue; // deleted since, or not ours to read
    const mediaType = mediaTypes.get(extname(path).toLowerCase()) ?? 'application/octet-stream';
    files.push({ ...name, mediaType, ...facts });
  }
  const last = page.at(-1);
  return {
    files,
    total: wanted.length,
    ...(last !== undefined && page.length < rest.length ? { nextCursor: makeCursor(last) } : {}),
    isIncomplete,
    unreadable,
    denied: locked,
  };
}

/** Those with a wanted name; comparing a long name with a long pattern takes a while. */
async function choose(
  documents: readonly WalkedDocument[],
  isWanted: (name: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<WalkedDocument[]> {
  const pacer = makePacer(signal);
  const wanted: WalkedDocument[] = [];
  for (const document of documents) {
    if (isWanted(document.name)) wanted.push(document);
    if (pacer.isDue()) await pacer.pause();
  }
  return wanted;
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
  const real = path === undefined ? undefined : ((await findInside(roots, path)) ?? (await findFolderSpelling(roots, path, { signal })));
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

const cursorMark = 'after:';

/** Where the following page begins: after this name, whatever has come or gone meanwhile, this document included. */
function makeCursor({ name }: DocumentName): string {
  return `${cursorMark}${name}`;
}

function readCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  if (!cursor.startsWith(cursorMark))
    throw new VisionError('INVALID_ARGUMENT', 'The cursor is not one this server gave out.', { hint: 'Leave it out to start over.' });
  return cursor.slice(cursorMark.length);
}
