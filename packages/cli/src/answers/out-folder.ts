import { constants } from 'node:fs';
import { access, type FileHandle, mkdir, open, realpath, rename } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import type { NamedInput } from '../inputs/named-input.ts';
import type { Destination, Sink } from './destination.ts';
import { nameOutputs } from './name-outputs.ts';

export interface OutFolderOptions {
  /** Of the files that are written: `.txt`. */
  readonly ending: string;
  /** Whether files that are there are replaced. */
  readonly isOverwriting: boolean;
  /** Told when a document is complete. */
  readonly onWritten: (path: string) => void;
}

/** What an unfinished result is called. */
const unfinished = '.part';

/**
 * A folder that gets one file for each document. A file has its name when all of the document is in it; before that it ends in `.part`, and stays
 * when the work is stopped.
 * @throws VisionError STORAGE_UNAVAILABLE, INVALID_ARGUMENT (files that are there, unless they are to be replaced)
 */
export async function openOutFolder(folder: string, inputs: readonly NamedInput[], options: OutFolderOptions): Promise<Destination> {
  const names = nameOutputs(inputs, options.ending);
  const root = await orStorageError(folder, async () => {
    await mkdir(folder, { recursive: true });
    return await realpath(folder);
  });
  if (!options.isOverwriting) await refuseExisting(folder, names);
  const sinks = names.map((name) => new FileSink({ folder, root, name, onWritten: options.onWritten }));
  return { isPerDocument: true, sinkOf: (input) => sinks[input] as FileSink };
}

async function refuseExisting(folder: string, names: readonly string[]): Promise<void> {
  const existing: string[] = [];
  for (const name of names) {
    const isThere = await access(join(folder, name)).then(
      () => true,
      () => false,
    );
    if (isThere) existing.push(join(folder, name));
  }
  const [first] = existing;
  if (first === undefined) return;
  const more = existing.length === 1 ? '' : `, and so are ${existing.length - 1} more of the files that would be written`;
  throw new VisionError('INVALID_ARGUMENT', `${first} is there already${more}.`, {
    hint: 'Add --overwrite to replace what is there, or name another folder.',
  });
}

interface FilePlace {
  readonly folder: string;
  /** The folder's real path. */
  readonly root: string;
  readonly name: string;
  readonly onWritten: (path: string) => void;
}

class FileSink implements Sink {
  readonly isTerminal = false;
  readonly #place: FilePlace;
  readonly #path: string;
  #file: FileHandle | undefined;
  #hasText = false;

  constructor(place: FilePlace) {
    this.#place = place;
    this.#path = join(place.folder, place.name);
  }

  get hasText(): boolean {
    return this.#hasText;
  }

  async write(text: string): Promise<void> {
    if (text === '') return;
    this.#hasText = true;
    await orStorageError(this.#path, async () => {
      this.#file ??= await this.#create();
      await this.#file.appendFile(text);
    });
  }

  async end(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return; // nothing was read: the failure says so, and an empty file would not
    this.#file = undefined;
    await orStorageError(this.#path, async () => {
      await file.sync();
      await file.close();
      await rename(this.#path + unfinished, this.#path);
    });
    this.#place.onWritten(this.#path);
  }

  async stop(): Promise<string | undefined> {
    const file = this.#file;
    if (file === undefined) return undefined;
    this.#file = undefined;
    await file.close().catch(() => {});
    return this.#path + unfinished;
  }

  async #create(): Promise<FileHandle> {
    const parent = dirname(this.#path);
    await mkdir(parent, { recursive: true });
    // A link that lies in the folder may lead elsewhere.
    const way = relative(this.#place.root, await realpath(parent));
    if (way === '..' || way.startsWith(`..${sep}`)) {
      throw new VisionError('INVALID_ARGUMENT', `${parent} leads out of ${this.#place.folder}.`, {
        hint: 'Remove the link, or name another folder.',
      });
    }
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants;
    return await open(this.#path + unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o666);
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
