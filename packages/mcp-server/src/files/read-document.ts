import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { type DocumentRoots, findRoot, requireRoots } from './document-roots.ts';
import { maxFileBytes } from './limits.ts';
import { parseSource } from './parse-source.ts';

/** A document, whole. */
export interface DocumentBytes {
  /** File name, or `data:<media type>`. Written by others: quote it, never trust it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface ReadDocumentOptions {
  readonly signal?: AbortSignal;
  /** Largest file in bytes. @default 200 MiB */
  readonly maxBytes?: number;
  /** Test hook: runs between the path check and the opening. */
  readonly _internal?: { readonly beforeOpen?: () => Promise<void> };
}

/**
 * The bytes behind what a client named, from the allowed folders only. Relative paths start at the first folder.
 * The path is checked before the opening and the open descriptor after it, so that a link swapped in between is not followed.
 * @throws IMAGE_NOT_FOUND (one message for "not there" and "not allowed"), IMAGE_UNREADABLE (not a regular file), IMAGE_TOO_LARGE, INVALID_ARGUMENT
 */
export async function readDocument(source: string, roots: DocumentRoots, options: ReadDocumentOptions = {}): Promise<DocumentBytes> {
  const parsed = parseSource(source);
  if (parsed.type === 'data') return { name: `data:${parsed.mediaType}`, bytes: parsed.bytes };
  requireRoots(roots);
  const real = await realpath(resolve(roots.folders[0] ?? '.', parsed.path)).catch(() => undefined);
  if (real === undefined || findRoot(roots, real) === undefined) throw notFound(parsed.path, roots);
  await options._internal?.beforeOpen?.();
  // NOFOLLOW: the last part must still be no link. NONBLOCK: opening a pipe must not wait for a writer.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(real, flags).catch((error: unknown) => {
    throw notFound(parsed.path, roots, error);
  });
  try {
    await checkDescriptor(file, real, parsed.path, roots);
    return { name: basename(real), bytes: await readWhole(file, basename(real), options) };
  } finally {
    await file.close();
  }
}

async function checkDescriptor(file: FileHandle, real: string, asked: string, roots: DocumentRoots): Promise<void> {
  const opened = await file.stat();
  if (process.platform === 'linux') {
    const path = await readlink(`/proc/self/fd/${file.fd}`);
    if (findRoot(roots, path) === undefined) throw notFound(asked, roots);
  } else {
    const again = await realpath(real).catch(() => undefined);
    const there = again === undefined || findRoot(roots, again) === undefined ? undefined : await stat(again).catch(() => undefined);
    if (there === undefined || there.dev !== opened.dev || there.ino !== opened.ino) throw notFound(asked, roots);
  }
  if (opened.isFile()) return;
  const kind = opened.isDirectory() ? 'a folder' : 'not a regular file';
  throw new VisionError('IMAGE_UNREADABLE', `${JSON.stringify(basename(real))} is ${kind}.`, {
    hint: opened.isDirectory() ? 'Name a file in it; list_documents shows them.' : 'Name an image file; list_documents shows them.',
  });
}

async function readWhole(file: FileHandle, name: string, { signal, maxBytes = maxFileBytes }: ReadDocumentOptions): Promise<Uint8Array> {
  const { size } = await file.stat();
  if (size > maxBytes) throw tooLarge(name, size, maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(Math.max(size - length, 0) + 1, 8 * 1024 * 1024)));
    if (bytesRead === 0) break;
    length += bytesRead;
    if (length > maxBytes) throw tooLarge(name, length, maxBytes); // it grew while being read
    chunks.push(buffer.subarray(0, bytesRead));
  }
  return Buffer.concat(chunks, length);
}

function tooLarge(name: string, size: number, maxBytes: number): VisionError {
  return new VisionError('IMAGE_TOO_LARGE', `${JSON.stringify(name)} has ${size} bytes; at most ${maxBytes} are read.`, {
    hint: 'Save the page as a smaller or more compressed image.',
  });
}

function notFound(asked: string, roots: DocumentRoots, cause?: unknown): VisionError {
  const count = roots.folders.length;
  const where = count === 1 ? 'the allowed folder' : `the ${count} allowed folders`;
  return new VisionError('IMAGE_NOT_FOUND', `${JSON.stringify(asked)} is not a file that can be read below ${where}.`, {
    hint: 'list_documents shows what there is. Relative paths start at the first allowed folder; --root adds folders.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** How a client may name the file `path` below `root`. */
export function nameBelowRoot(root: string, path: string): string {
  return relative(root, path).split('\\').join('/');
}
