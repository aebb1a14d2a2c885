import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { abortable, shortenName, VisionError } from '@h2ovl/contract';
import type { RemoteImages } from './fetch-image.ts';
import { checkByteCount } from './image-limits.ts';
import { findPath, readImageSource } from './image-source.ts';
import { openRegularFile, readAll } from './read-image-file.ts';
import { sniffedByteCount } from './sniff-format.ts';

/** A document as callers hold it: bytes, a Blob, a URL or path as for an image, or a stream of its bytes. */
export type DocumentInput = Uint8Array | ArrayBuffer | Blob | URL | string | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

export interface DocumentSourceOptions {
  /** What to call the document in messages; for inputs without a name of their own. */
  readonly name?: string | undefined;
  readonly maxBytes: number;
  readonly allowRemote: RemoteImages;
  readonly signal: AbortSignal | undefined;
}

/** The bytes of a document, in memory or in an open file. */
export class DocumentSource {
  readonly name: string;
  readonly byteCount: number;
  /** Undefined as long as the bytes are in a file. */
  #bytes: Uint8Array | undefined;
  readonly #file: FileHandle | undefined;

  private constructor(name: string, content: { readonly bytes: Uint8Array } | { readonly file: FileHandle; readonly byteCount: number }) {
    this.name = name;
    this.byteCount = 'bytes' in content ? content.bytes.byteLength : content.byteCount;
    this.#bytes = 'bytes' in content ? content.bytes : undefined;
    this.#file = 'file' in content ? content.file : undefined;
  }

  /** @throws VisionError INVALID_ARGUMENT, IMAGE_NOT_FOUND, IMAGE_UNREADABLE (empty, no regular file), IMAGE_TOO_LARGE; the signal's reason when aborted */
  static async open(input: DocumentInput, { name, maxBytes, allowRemote, signal }: DocumentSourceOptions): Promise<DocumentSource> {
    signal?.throwIfAborted();
    if (isStream(input)) {
      const called = name ?? 'The stream';
      return DocumentSource.#check(new DocumentSource(called, { bytes: await collect(input, called, maxBytes, signal) }));
    }
    const path = findPath(input);
    if (path !== undefined) {
      const called = name ?? shortenName(path);
      const opened = await openRegularFile(path, called, { maxBytes, signal });
      return DocumentSource.#check(new DocumentSource(called, opened));
    }
    const source = await readImageSource(input, { maxBytes, allowRemote, signal, name });
    return new DocumentSource(source.name, source);
  }

  static async #check(source: DocumentSource): Promise<DocumentSource> {
    if (source.byteCount > 0) return source;
    await source.close();
    throw new VisionError('IMAGE_UNREADABLE', `${source.name} is empty: it has 0 bytes.`, { hint: 'Check the step that writes it.' });
  }

  /** Enough of the beginning to recognise the format. */
  async head(): Promise<Uint8Array> {
    if (this.#bytes !== undefined) return this.#bytes.subarray(0, sniffedByteCount);
    const head = new Uint8Array(Math.min(this.byteCount, sniffedByteCount));
    const read = await this.#file?.read(head, 0, head.length, 0);
    return head.subarray(0, read?.bytesRead ?? 0);
  }

  /** All bytes, in memory from now on. */
  async bytes(signal: AbortSignal | undefined): Promise<Uint8Array> {
    this.#bytes ??= await readAll(this.#file as FileHandle, this.name, this.byteCount, signal);
    return this.#bytes;
  }

  /** The bytes where they are. */
  get content(): Uint8Array | { readonly file: FileHandle; readonly byteCount: number } {
    return this.#bytes ?? { file: this.#file as FileHandle, byteCount: this.byteCount };
  }

  /** SHA-256 of the bytes, hexadecimal. */
  async digest(signal: AbortSignal | undefined): Promise<string> {
    const hash = createHash('sha256');
    for await (const part of this.parts(this.byteCount, signal)) hash.update(part);
    return hash.digest('hex');
  }

  /** The first bytes, piece by piece; the event loop has its turn between two of them. */
  async *parts(byteCount: number, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
    for (let at = 0; at < byteCount; at += partBytes) {
      signal?.throwIfAborted();
      const length = Math.min(partBytes, byteCount - at);
      if (this.#bytes !== undefined) {
        yield this.#bytes.subarray(at, at + length);
        if (byteCount > partBytes) await new Promise<void>((resolve) => setImmediate(resolve));
        continue;
      }
      const part = new Uint8Array(length);
      const read = await this.#file?.read(part, 0, length, at);
      yield part.subarray(0, read?.bytesRead ?? 0);
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#bytes = undefined;
    await this.#file?.close().catch(() => {}); // closed already
  }
}

/** About 8 ms of hashing. */
const partBytes = 4_000_000;

function isStream(input: DocumentInput): input is ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> {
  return typeof input === 'object' && input !== null && Symbol.asyncIterator in input;
}

async function collect(
  stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
  name: string,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of untilAborted(stream as AsyncIterable<unknown>, signal)) {
    if (!ArrayBuffer.isView(chunk)) {
      throw new VisionError('INVALID_ARGUMENT', `${name} gave ${typeof chunk} instead of bytes.`, {
        hint: 'Read it without an encoding, so that it gives Uint8Array or Buffer.',
      });
    }
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    byteCount += bytes.length;
    checkByteCount(name, byteCount, maxBytes);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, byteCount);
}

/** The same items, but an abort ends the wait for the next one: a pipe to which nobody writes never comes to an end. */
async function* untilAborted<T>(items: AsyncIterable<T>, signal: AbortSignal | undefined): AsyncGenerator<T, void> {
  const iterator = items[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await (signal === undefined ? iterator.next() : abortable(iterator.next(), signal));
      if (next.done) {
        isOver = true;
        return;
      }
      yield next.value;
    }
  } finally {
    if (!isOver) {
      // A stream of Node is let go at once; others end when their next piece comes, which is not waited for.
      (items as { destroy?: () => void }).destroy?.();
      Promise.resolve(iterator.return?.()).catch(() => {});
    }
  }
}
