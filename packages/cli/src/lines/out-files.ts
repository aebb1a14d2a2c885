import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { VisionError } from '@h2ovl/contract';

/** A file that has its name when it is complete. */
export interface OutFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** Gives it its name. */
  finish(): Promise<void>;
  /** Takes away what was written. Idempotent, and without effect on a finished file. */
  drop(): Promise<void>;
}

/** Files of one folder. */
export class OutFiles {
  readonly #folder: string;
  readonly #isOverwriting: boolean;

  constructor(folder: string, isOverwriting: boolean) {
    this.#folder = folder;
    this.#isOverwriting = isOverwriting;
  }

  /** Before any work: makes the folder, and refuses files that are there unless they are to be replaced. @throws VisionError INVALID_ARGUMENT, STORAGE_UNAVAILABLE */
  async prepare(names: readonly string[]): Promise<void> {
    await orStorageError(this.#folder, () => mkdir(this.#folder, { recursive: true }));
    for (const name of names) await this.#refuseExisting(join(this.#folder, name));
  }

  /** @throws VisionError INVALID_ARGUMENT, STORAGE_UNAVAILABLE */
  async create(name: string): Promise<OutFile> {
    const path = join(this.#folder, name);
    const unfinished = `${path}.part`;
    await this.#refuseExisting(path);
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants;
    const handle = await orStorageError(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      return open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o666);
    });
    let isOpen = true;
    return {
      path,
      handle,
      finish: () =>
        orStorageError(path, async () => {
          await handle.sync();
          isOpen = false;
          await handle.close();
          await rename(unfinished, path);
        }),
      drop: async () => {
        if (!isOpen) return;
        isOpen = false;
        await handle.close().catch(() => {});
        await rm(unfinished, { force: true });
      },
    };
  }

  /** Writes a whole file. @throws VisionError INVALID_ARGUMENT, STORAGE_UNAVAILABLE */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const file = await this.create(name);
    try {
      await orStorageError(file.path, () => file.handle.writeFile(content));
      await file.finish();
      return file.path;
    } finally {
      await file.drop();
    }
  }

  async #refuseExisting(path: string): Promise<void> {
    if (this.#isOverwriting) return;
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    throw new VisionError('INVALID_ARGUMENT', `${path} is there already.`, {
      hint: 'Add --overwrite to replace what is there, or name another folder.',
    });
  }
}

async function orStorageError<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (VisionError.isInstance(error)) throw error;
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new VisionError('STORAGE_UNAVAILABLE', `${path} cannot be written (${code}).`, {
      hint: 'Check the folder, its permissions and the free space.',
      cause: error,
    });
  }
}
