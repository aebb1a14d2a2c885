import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { checkFreeSpace } from './free-space.ts';
import { makeFolder } from './make-folder.ts';
import { folderMode, type Readers } from './readers.ts';
import { replaceFolder } from './replace-folder.ts';
import { storageError } from './storage-error.ts';
import { removeAbandoned, temporaryName } from './temporary-files.ts';

/** What the estimate does not know, scales of small matrices and the padding between weights: a part of it, and some bytes. */
const spareRatio = 1.04;
const spareBytes = 1_000_000;

/**
 * A folder that appears under its name only when it is complete. It is filled under `.<name>.tmp-…` beside the target (see `temporaryName`) and
 * renamed at the end, so a process that is killed leaves nothing that could be taken for a result.
 */
export class StagedDirectory {
  /** Where to write. */
  readonly path: string;
  readonly #target: string;

  private constructor(path: string, target: string) {
    this.path = path;
    this.#target = target;
  }

  /**
   * Prepares an empty folder beside `target`, after removing what dead processes left there and checking the space. `resultFile` is the name of the
   * file by which an older result is known, which may be replaced.
   * @throws VisionError STORAGE_UNAVAILABLE (both numbers when space is short), INVALID_ARGUMENT (the target holds other files)
   */
  static async create(target: string, neededBytes: number, resultFile: string, readers: Readers): Promise<StagedDirectory> {
    const absolute = resolve(target);
    const parent = dirname(absolute);
    await makeFolder(parent, { mode: folderMode(readers) });
    await checkTarget(absolute, resultFile);
    const prefix = `.${basename(absolute)}.tmp-`;
    await removeAbandoned(parent, prefix);
    await checkFreeSpace(parent, Math.ceil(neededBytes * spareRatio + spareBytes), 'The converted model');
    const path = join(parent, temporaryName(prefix));
    await makeFolder(path, { mode: folderMode(readers) });
    return new StagedDirectory(path, absolute);
  }

  /** Moves the folder to its name, in place of an older result. */
  async commit(): Promise<void> {
    await replaceFolder(this.path, this.#target);
  }

  /** Removes the folder and what is in it. */
  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Only an empty folder or an older result may be replaced: never somebody's files. */
async function checkTarget(target: string, resultFile: string): Promise<void> {
  const info = await stat(target).catch(() => undefined);
  if (info === undefined) return;
  if (!info.isDirectory())
    throw storageError(`Cannot write to ${target}`, Object.assign(new Error('a file has this name'), { code: 'EEXIST' }));
  const names = await readdir(target);
  if (names.length === 0 || names.includes(resultFile)) return;
  throw new VisionError('INVALID_ARGUMENT', `${target} holds ${names.length} other files and would be replaced.`, {
    hint: 'Choose an empty or new output folder.',
  });
}
