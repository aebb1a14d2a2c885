import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { fileMode, type Readers } from './readers.ts';
import { storageError } from './storage-error.ts';

/** Size and digest of a finished file. */
export interface FileDigest {
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** A file that is hashed while it is written, front to back. */
export class HashedFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #size = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Creates the file; it must not exist. @throws VisionError STORAGE_UNAVAILABLE */
  static async create(path: string, readers: Readers = 'owner'): Promise<HashedFile> {
    try {
      return new HashedFile(path, await open(path, 'wx', fileMode(readers)));
    } catch (cause) {
      throw storageError(`Cannot create ${path}`, cause);
    }
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  /** @throws VisionError STORAGE_UNAVAILABLE (the disk is full) */
  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    let done = 0;
    try {
      while (done < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done);
        done += bytesWritten;
      }
    } catch (cause) {
      throw storageError(`Cannot write ${this.path} beyond ${this.#size + done} bytes`, cause);
    }
    this.#size += bytes.length;
  }

  /** Flushes to the disk and closes. */
  async finish(): Promise<FileDigest> {
    try {
      await this.#handle.sync();
    } catch (cause) {
      throw storageError(`Cannot flush ${this.path}`, cause);
    } finally {
      await this.close();
    }
    return { size: this.#size, sha256: this.#hash.digest('hex') };
  }

  /** Closes without finishing. Idempotent. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => undefined); // already closed
  }
}
