import { constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, opendir, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

const isLinux = process.platform === 'linux';

/**
 * A folder that stays the one that was opened, whatever takes its place meanwhile: on Linux it is read through its descriptor, and so are its subfolders.
 * Elsewhere it is read by its path, and what was read counts only if the path led to the same folder before and after.
 */
export class OpenFolder {
  /** Where it is, as a real path. */
  readonly path: string;
  readonly #file: FileHandle | undefined;
  readonly #identity: string;

  private constructor(path: string, file: FileHandle | undefined, identity: string) {
    this.path = path;
    this.#file = file;
    this.#identity = identity;
  }

  /** The folder at a real path; undefined when it is not there, a link, or not to be read. Below `parent` it is reached through it. */
  static async open(path: string, parent?: { readonly folder: OpenFolder; readonly name: string }): Promise<OpenFolder | undefined> {
    if (!isLinux) {
      const identity = await identify(path);
      return identity === undefined ? undefined : new OpenFolder(path, undefined, identity);
    }
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    const file = await open(parent === undefined ? path : join(parent.folder.#way, parent.name), flags).catch(() => undefined);
    if (file === undefined) return undefined;
    const folder = new OpenFolder(path, file, '');
    if (await folder.isInPlace()) return folder;
    await folder.close();
    return undefined;
  }

  /** What is in it, at most `limit` entries; undefined when it was moved or exchanged while it was read. */
  async read(limit: number): Promise<readonly Dirent[] | undefined> {
    const entries: Dirent[] = [];
    const folder = await opendir(this.#way).catch(() => undefined);
    if (folder === undefined) return undefined;
    for await (const entry of folder) {
      if (entries.length >= limit) break;
      entries.push(entry);
    }
    return (await this.isInPlace()) ? entries : undefined;
  }

  /** Whether its path still leads to it. */
  async isInPlace(): Promise<boolean> {
    if (this.#file === undefined) return (await identify(this.path)) === this.#identity;
    return (await readlink(this.#way).catch(() => undefined)) === this.path;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  get #way(): string {
    return this.#file === undefined ? this.path : `/proc/self/fd/${this.#file.fd}`;
  }
}

async function identify(path: string): Promise<string | undefined> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined || !facts.isDirectory() || (await realpath(path).catch(() => undefined)) !== path) return undefined;
  return `${facts.dev}:${facts.ino}`;
}
