import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { isProcessAlive } from './is-process-alive.ts';
import { storageError } from './storage-error.ts';

/** Space left free beside the estimate: directory entries and the padding between weights. */
const spareBytes = 32 * 1024 * 1024;

/** Folders this process is filling. */
const ownFolders = new Set<string>();

/**
 * A folder that appears under its name only when it is complete. It is filled under `.<name>.tmp-<pid>-<random>` beside the target and
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
  static async create(target: string, neededBytes: number, resultFile: string): Promise<StagedDirectory> {
    const absolute = resolve(target);
    const parent = dirname(absolute);
    try {
      await mkdir(parent, { recursive: true });
    } catch (cause) {
      throw storageError(`Cannot create the folder ${parent}`, cause);
    }
    await checkTarget(absolute, resultFile);
    await sweep(parent, basename(absolute));
    await checkSpace(parent, neededBytes);
    const path = join(parent, `.${basename(absolute)}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`);
    try {
      await mkdir(path);
    } catch (cause) {
      throw storageError(`Cannot create the folder ${path}`, cause);
    }
    ownFolders.add(path);
    return new StagedDirectory(path, absolute);
  }

  /** Moves the folder to its name, in place of an older result. */
  async commit(): Promise<void> {
    const old = `${this.path}.old`;
    try {
      await syncDirectory(this.path);
      const replaced = await rename(this.#target, old).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return false;
          throw error;
        },
      );
      await rename(this.path, this.#target).catch(async (error: unknown) => {
        if (replaced) await rename(old, this.#target); // better the older result than none
        throw error;
      });
      await syncDirectory(dirname(this.#target));
      ownFolders.delete(this.path);
      if (replaced) await rm(old, { recursive: true, force: true });
    } catch (cause) {
      throw storageError(`Cannot move the finished files to ${this.#target}`, cause);
    }
  }

  /** Removes the folder and what is in it. */
  async discard(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
    ownFolders.delete(this.path);
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

async function sweep(parent: string, name: string): Promise<void> {
  const prefix = `.${name}.tmp-`;
  for (const entry of await readdir(parent)) {
    if (!entry.startsWith(prefix)) continue;
    const pid = Number.parseInt(entry.slice(prefix.length), 10);
    if (Number.isInteger(pid) && !isInUse(pid, join(parent, entry))) await rm(join(parent, entry), { recursive: true, force: true });
  }
}

/** In a container a new process often has the id of the dead one, so folders of this id count only when this process made them. */
function isInUse(pid: number, path: string): boolean {
  return pid === process.pid ? ownFolders.has(path) : isProcessAlive(pid);
}

async function checkSpace(parent: string, neededBytes: number): Promise<void> {
  const disk = await statfs(parent);
  const freeBytes = disk.bavail * disk.bsize;
  const wanted = neededBytes + spareBytes;
  if (freeBytes >= wanted) return;
  throw new VisionError(
    'STORAGE_UNAVAILABLE',
    `The converted model takes ${megabytes(wanted)}; ${parent} has ${megabytes(freeBytes)} free.`,
    {
      hint: 'Free some space, choose a smaller precision, or set H2OVL_HOME to a folder on a larger disk.',
    },
  );
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** Makes renames durable. Windows cannot open folders and needs no such step. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
