import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { VisionError } from '@h2ovl/contract';
import { checkByteCount } from './image-limits.ts';

export interface ReadImageFileOptions {
  /** Bytes the file may have. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** Small enough that an abort is noticed soon, large enough that the calls do not count. */
const chunkBytes = 4 * 1024 * 1024;

/** What both `fs.Stats` of a path and of an open file say. */
interface FileKind {
  readonly size: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
}

/** An open regular file and its size in bytes. Whoever gets it closes it. */
export interface OpenFile {
  readonly file: FileHandle;
  readonly byteCount: number;
}

/** Reads a regular file; links are followed. Never waits for a pipe or device. @throws VisionError IMAGE_NOT_FOUND, IMAGE_UNREADABLE, IMAGE_TOO_LARGE */
export async function readImageFile(path: string, name: string, options: ReadImageFileOptions): Promise<Uint8Array> {
  const { file, byteCount } = await openRegularFile(path, name, options);
  try {
    return await readAll(file, name, byteCount, options.signal);
  } catch (error) {
    throw translate(error, name, options.signal);
  } finally {
    await file.close();
  }
}

/** Opens a regular file; links are followed. Never waits for a pipe or device. @throws VisionError as `readImageFile` does */
export async function openRegularFile(path: string, name: string, { maxBytes, signal }: ReadImageFileOptions): Promise<OpenFile> {
  let file: FileHandle | undefined;
  try {
    // Asked before opening, because opening a device can already do something.
    checkKind(name, await stat(path), maxBytes);
    // Not blocking, and asked again: the file may have become a pipe in between, and opening one waits for a writer otherwise.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const kind = await file.stat();
    checkKind(name, kind, maxBytes);
    return { file, byteCount: kind.size };
  } catch (error) {
    await file?.close();
    throw translate(error, name, signal);
  }
}

function checkKind(name: string, kind: FileKind, maxBytes: number): void {
  if (!kind.isFile()) {
    const what = kind.isDirectory() ? 'a folder' : kind.isFIFO() ? 'a named pipe' : 'a device or socket';
    throw new VisionError('IMAGE_UNREADABLE', `${name} is ${what}, not a file with an image or a document.`, {
      hint: kind.isDirectory() ? 'Pass the files in it one by one.' : 'Pass a regular file, or read it yourself and pass the bytes.',
    });
  }
  checkByteCount(name, kind.size, maxBytes);
}

/** All bytes of an open file. */
export async function readAll(file: FileHandle, name: string, size: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(bytes, at, Math.min(chunkBytes, size - at), at);
    if (bytesRead === 0) {
      throw new VisionError('IMAGE_UNREADABLE', `${name} shrank from ${size} to ${at} bytes while it was read.`, {
        hint: 'Wait until the program that writes it is done.',
      });
    }
    at += bytesRead;
  }
  return bytes;
}

function translate(error: unknown, name: string, signal: AbortSignal | undefined): unknown {
  if (VisionError.isInstance(error) || signal?.aborted) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code === 'ENAMETOOLONG') {
    return new VisionError('IMAGE_NOT_FOUND', `${name} is too long for a path.`, {
      hint: 'Base64 is not read as it is: decode it to bytes, or put "data:image/png;base64," before it.',
      cause: error,
    });
  }
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') {
    return new VisionError('IMAGE_NOT_FOUND', `${name} does not exist.`, { hint: 'Check the path and the current folder.', cause: error });
  }
  return new VisionError('IMAGE_UNREADABLE', `${name} cannot be read (${code}).`, {
    hint: code === 'EACCES' || code === 'EPERM' ? 'Give this user permission to read it.' : 'Check the disk it is on.',
    cause: error,
  });
}
