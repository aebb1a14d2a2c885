import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../store/cache-directory.ts';
import { acquireLock, type FileLock, isLocked } from '../../store/file-lock.ts';
import { parseJson } from '../../store/parse-json.ts';
import { makePrivateFolder, writePrivateFile } from '../../store/private-file.ts';

/** What a stopped measurement left is taken up again for so long. */
const keptMs = 2 * 86_400_000;

export interface RecordsOptions {
  /** Folder of the cache. */
  readonly home?: string;
  readonly signal: AbortSignal;
  /** Called once when another process measures the same. */
  readonly onWait: (pid: number) => void;
}

/** What a measurement has found so far, in a folder of its own: whoever starts the same measurement again goes on from there. */
export class PlanRecords {
  readonly folder: string;
  readonly #lock: FileLock;

  private constructor(folder: string, lock: FileLock) {
    this.folder = folder;
    this.#lock = lock;
  }

  /** `key`: everything that the result depends on. One process at a time; others wait. */
  static async open(key: unknown, { home = cacheDirectory(), signal, onWait }: RecordsOptions): Promise<PlanRecords> {
    const parent = join(home, 'measuring');
    const folder = join(parent, createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 32));
    await makePrivateFolder(folder);
    const lock = await acquireLock(`${folder}.lock`, { signal, onWait });
    await makePrivateFolder(folder); // whoever had the lock before may have removed it
    await removeOld(parent, folder);
    return new PlanRecords(folder, lock);
  }

  /** A finding of an earlier start; undefined where there is none, or one that is damaged. */
  async find(name: string): Promise<unknown> {
    try {
      return parseJson(await readFile(join(this.folder, `${name}.json`), 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Forgets a finding of an earlier start. */
  async forget(name: string): Promise<void> {
    await rm(join(this.folder, `${name}.json`), { force: true });
  }

  /** A finding of an earlier start, or the one that `make` gives, which is kept. */
  async keep<T>(name: string, make: () => Promise<T>): Promise<T> {
    const file = join(this.folder, `${name}.json`);
    const known = await this.find(name);
    if (known !== undefined) return known as T; // written by this code
    const made = await make();
    await writePrivateFile(file, JSON.stringify(made));
    return made;
  }

  /** Removes all of it: the result is known. */
  async finish(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async close(): Promise<void> {
    await this.#lock.release();
  }
}

async function removeOld(parent: string, own: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const path = join(parent, name);
    if (path === own || name.endsWith('.lock') || (await isLocked(`${path}.lock`))) continue;
    const info = await stat(path).catch(() => undefined);
    if (info !== undefined && Date.now() - info.mtimeMs > keptMs) await rm(path, { recursive: true, force: true });
  }
}
