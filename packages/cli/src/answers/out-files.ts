import { constants } from 'node:fs';
import { access, type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { makeFolder } from '@h2ovl/core';
import type { NamedInput } from '../inputs/named-input.ts';

/** What an unfinished file is called. */
const unfinished = '.part';

/** A file that has its name when it is complete. Every call rejects with VisionError STORAGE_UNAVAILABLE where the disk does not take it. */
export class OutFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #isOpen = true;

  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Adds to what is there. */
  async write(content: string | Uint8Array): Promise<void> {
    await orStorageError(this.path, () => this.#handle.appendFile(content));
  }

  /** Gives it its name. */
  async finish(): Promise<void> {
    await orStorageError(this.path, async () => {
      await this.#handle.sync();
      this.#isOpen = false;
      await this.#handle.close();
      await rename(this.path + unfinished, this.path);
    });
  }

  /** Closes it before it is complete, and leaves what was written under the name that is returned. */
  async leave(): Promise<string> {
    await this.#close();
    return this.path + unfinished;
  }

  /** Takes away what was written. Idempotent, and without effect on a finished file. */
  async drop(): Promise<void> {
    if (await this.#close()) await rm(this.path + unfinished, { force: true });
  }

  async #close(): Promise<boolean> {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    await this.#handle.close().catch(() => {});
    return true;
  }
}

export interface OutFilesOptions {
  /** Whether files that are there are replaced. */
  readonly isOverwriting: boolean;
  /** The documents that are read: none of them is ever replaced. */
  readonly inputs: readonly NamedInput[];
}

/** The files of a folder of results. Nothing that lies in the folder makes a file land outside it. */
export class OutFiles {
  readonly #folder: string;
  /** The folder's real path. */
  readonly #root: string;
  readonly #isOverwriting: boolean;
  /** The documents that are read, as the file system knows them. */
  readonly #sources: ReadonlySet<string>;

  private constructor(folder: string, root: string, isOverwriting: boolean, sources: ReadonlySet<string>) {
    this.#folder = folder;
    this.#root = root;
    this.#isOverwriting = isOverwriting;
    this.#sources = sources;
  }

  /**
   * Before any work: makes the folder, and refuses files that are there unless they are to be replaced, and those that are to be read always.
   * @param names paths below the folder of the files that are known to come
   * @throws VisionError STORAGE_UNAVAILABLE, INVALID_ARGUMENT
   */
  static async open(folder: string, names: readonly string[], { isOverwriting, inputs }: OutFilesOptions): Promise<OutFiles> {
    await makeFolder(folder);
    const root = await orStorageError(folder, () => realpath(folder));
    // Without overwriting nothing that is there is touched.
    const sources = isOverwriting ? await identify(inputs) : new Set<string>();
    const files = new OutFiles(folder, root, isOverwriting, sources);
    await files.#refuseExisting(names);
    return files;
  }

  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** Begins a file. @throws VisionError STORAGE_UNAVAILABLE, INVALID_ARGUMENT (it is there, or a link leads out of the folder) */
  async create(name: string): Promise<OutFile> {
    await this.#refuseExisting([name]);
    const path = this.pathOf(name);
    return orStorageError(path, async () => {
      const parent = dirname(path);
      await makeFolder(parent);
      await this.#refuseOutside(parent);
      const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants;
      return new OutFile(path, await open(path + unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o666));
    });
  }

  /** Writes a whole file and returns its path. @throws VisionError STORAGE_UNAVAILABLE, INVALID_ARGUMENT */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const file = await this.create(name);
    try {
      await file.write(content);
      await file.finish();
      return file.path;
    } finally {
      await file.drop();
    }
  }

  /** A link that lies in the folder may lead elsewhere. */
  async #refuseOutside(parent: string): Promise<void> {
    const way = relative(this.#root, await realpath(parent));
    if (way !== '..' && !way.startsWith(`..${sep}`)) return;
    throw new VisionError('INVALID_ARGUMENT', `${parent} leads out of ${this.#folder}.`, {
      hint: 'Remove the link, or name another folder.',
    });
  }

  /** A document may be called like the result of another one: `a.pdf.pdf` beside `a.pdf`. */
  async #refuseSource(path: string): Promise<void> {
    const identity = await identityOf(path);
    if (identity === undefined || !this.#sources.has(identity)) return;
    throw new VisionError('INVALID_ARGUMENT', `${path} is one of the documents that are read, and a result would replace it.`, {
      hint: 'Name another folder, or read that document by itself.',
    });
  }

  async #refuseExisting(names: readonly string[]): Promise<void> {
    if (this.#isOverwriting) {
      for (const name of this.#sources.size === 0 ? [] : names) await this.#refuseSource(this.pathOf(name));
      return;
    }
    const existing: string[] = [];
    // What a stopped run had read so far was left on purpose: it goes only where files may be replaced.
    for (const path of names.flatMap((name) => [this.pathOf(name), this.pathOf(name) + unfinished])) {
      const isThere = await access(path).then(
        () => true,
        () => false,
      );
      if (isThere) existing.push(path);
    }
    const [first] = existing;
    if (first === undefined) return;
    const more =
      existing.length === 1
        ? ''
        : `, and so ${existing.length === 2 ? 'is one' : `are ${existing.length - 1}`} more of the files that would be written`;
    throw new VisionError('INVALID_ARGUMENT', `${first} is there already${more}.`, {
      hint: first.endsWith(unfinished)
        ? 'It holds what an earlier run had read when it was stopped. Add --overwrite to replace it, or name another folder.'
        : 'Add --overwrite to replace what is there, or name another folder.',
    });
  }
}

/** Which files the documents are, whatever names and links lead to them. */
async function identify(inputs: readonly NamedInput[]): Promise<ReadonlySet<string>> {
  const files = inputs.flatMap((input) => (input.error === undefined && input.kind === 'file' ? [input.file] : []));
  const known = new Set<string>();
  for (const file of files) {
    const identity = await identityOf(resolve(file));
    if (identity !== undefined) known.add(identity);
  }
  return known;
}

async function identityOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? undefined : `${found.dev}:${found.ino}`;
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
