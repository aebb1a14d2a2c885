import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { handleOf, readHandle } from './document-names.ts';
import { type DocumentRoots, findRoot, requireRoots } from './document-roots.ts';
import { findHandle, findSpelling } from './find-documents.ts';
import { maxFileBytes, maxPathChars } from './limits.ts';
import { openInside } from './open-file.ts';
import { type DecodedFiles, parseSource } from './parse-source.ts';
import { findRealPath, showPath } from './path-text.ts';

/** A document, whole. */
export interface DocumentBytes {
  /** File name, or `data:<media type>`. Written by others: quote it, never trust it. */
  readonly name: string;
  /** Of a file: see `handleOf`. */
  readonly handle?: string;
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes, in hexadecimal. */
  readonly sha256: string;
}

export interface ReadDocumentOptions {
  readonly signal?: AbortSignal;
  /** Largest file in bytes. @default 200 MiB */
  readonly maxBytes?: number;
  /** Data that was decoded before, by the marks that stand for it. */
  readonly decoded?: DecodedFiles | undefined;
  /** Asked for room before a file's bytes are read, with their number; what it throws refuses the file. */
  readonly hold?: (bytes: number) => void;
  /** Test hook: runs between the path check and the opening. */
  readonly _internal?: { readonly beforeOpen?: () => Promise<void> };
}

/**
 * The bytes behind what a client named, from the allowed folders only: a path as it is listed, a handle, or what a person writes. Relative paths start at the first folder.
 * The path is checked before the opening and the open descriptor after it, so that a link swapped in between is not followed.
 * @throws IMAGE_NOT_FOUND (one message for "not there" and "not allowed"), IMAGE_UNREADABLE (not a regular file), IMAGE_TOO_LARGE, INVALID_ARGUMENT
 */
export async function readDocument(source: string, roots: DocumentRoots, options: ReadDocumentOptions = {}): Promise<DocumentBytes> {
  const place = await findDocument(source, roots, options);
  if (place.type === 'data') {
    options.hold?.(place.bytes.length);
    return { name: `data:${place.mediaType}`, bytes: place.bytes, sha256: createHash('sha256').update(place.bytes).digest('hex') };
  }
  const { real } = place;
  await options._internal?.beforeOpen?.();
  const name = showPath(basename(real));
  const file = await openInside(real, roots);
  if (file === undefined) throw notFound(source, roots);
  if (file === 'denied') throw locked(name);
  try {
    await checkKind(file, name);
    return { name, handle: handleOf(real), ...(await readWhole(file, name, options)) };
  } finally {
    await file.close();
  }
}

type DocumentPlace =
  | { readonly type: 'data'; readonly mediaType: string; readonly bytes: Uint8Array }
  | { readonly type: 'file'; readonly real: string };

async function findDocument(source: string, roots: DocumentRoots, { signal, decoded }: ReadDocumentOptions): Promise<DocumentPlace> {
  const realOf = async (path: string): Promise<string | undefined> => {
    const real = await findRealPath(resolve(roots.folders[0] ?? '.', path));
    return real !== undefined && findRoot(roots, real) !== undefined ? real : undefined;
  };
  const handle = readHandle(source);
  const isPath = roots.folders.length > 0 && source.trim() !== '' && source.length <= maxPathChars && !source.includes('\0');
  // First exactly as it is written: names may begin with blanks, with quotes, with data: or file:.
  const exact = handle === undefined ? (isPath ? await realOf(source) : undefined) : await findHandle(roots, handle, { signal });
  if (exact !== undefined) return { type: 'file', real: exact };
  const parsed = parseSource(source, decoded);
  if (parsed.type === 'data') return parsed;
  requireRoots(roots);
  if (parsed.path.length > maxPathChars) throw notFound(parsed.path, roots);
  const real = (await realOf(parsed.path)) ?? (await findSpelling(roots, resolve(roots.folders[0] ?? '.', parsed.path), { signal }));
  if (real === undefined) throw notFound(parsed.path, roots);
  return { type: 'file', real };
}

async function checkKind(file: FileHandle, name: string): Promise<void> {
  const facts = await file.stat();
  if (facts.isFile()) return;
  const kind = facts.isDirectory() ? 'a folder' : 'not a regular file';
  throw new VisionError('IMAGE_UNREADABLE', `${JSON.stringify(name)} is ${kind}.`, {
    hint: facts.isDirectory() ? 'Name a file in it; list_documents shows them.' : 'Name a document; list_documents shows them.',
  });
}

async function readWhole(
  file: FileHandle,
  name: string,
  { signal, maxBytes = maxFileBytes, hold = () => {} }: ReadDocumentOptions,
): Promise<Pick<DocumentBytes, 'bytes' | 'sha256'>> {
  const { size } = await file.stat();
  if (size > maxBytes) throw tooLarge(name, size, maxBytes);
  hold(size);
  const hash = createHash('sha256'); // chunk by chunk: a large file at once would hold the loop
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(Math.max(size - length, 0) + 1, 8 * 1024 * 1024)));
    if (bytesRead === 0) break;
    length += bytesRead;
    if (length > maxBytes) throw tooLarge(name, length, maxBytes); // it grew while being read
    if (length > size) hold(bytesRead);
    hash.update(buffer.subarray(0, bytesRead));
    chunks.push(buffer.subarray(0, bytesRead));
  }
  return { bytes: Buffer.concat(chunks, length), sha256: hash.digest('hex') };
}

function tooLarge(name: string, size: number, maxBytes: number): VisionError {
  return new VisionError('IMAGE_TOO_LARGE', `${JSON.stringify(name)} has ${size} bytes; at most ${maxBytes} are read.`, {
    hint: 'Save the page as a smaller or more compressed image.',
  });
}

function locked(name: string): VisionError {
  return new VisionError('IMAGE_NOT_FOUND', `${JSON.stringify(name)} is there, but this server may not read it.`, {
    hint: 'Ask the owner of the server for the right to read it.',
  });
}

function notFound(asked: string, roots: DocumentRoots, cause?: unknown): VisionError {
  const count = roots.folders.length;
  const where = count === 1 ? 'the allowed folder' : `the ${count} allowed folders`;
  return new VisionError('IMAGE_NOT_FOUND', `${JSON.stringify(asked.slice(0, 300))} is not a file that can be read below ${where}.`, {
    hint: 'list_documents shows what there is. Relative paths start at the first allowed folder; --root adds folders.',
    ...(cause === undefined ? {} : { cause }),
  });
}
