import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { findRealPath, findTarget, readPath, writePath } from './path-text.ts';

const isLinux = process.platform === 'linux';

/** What a folder holds under one name. */
export interface FolderEntry {
  /** See `readPath`. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'other';
}

/** The listing of a folder, as Node gives it for this encoding. */
interface RawEntry {
  readonly name: Buffer;
  isFile(): boolean;
  isDirectory(): boolean;
}

/** A folder that is open, and the name in it of the one to be opened. */
export interface Parent {
  readonly folder: OpenFolder;
  readonly name: string;
}

/** Which folder it is and when it last changed. */
export interface FolderStamp {
  /** The same text means the same folder, unchanged. */
  readonly text: string;
  /** When its entries or its rights last changed, in ms since 1970, by the clock of its file system. */
  readonly changedAt: number;
}

/** The stamp of what is a folder at this path now; a link is none. */
export async function stampOf(path: string): Promise<FolderStamp | undefined> {
  return toStamp(await lstat(writePath(path), { bigint: true }).catch(() => undefined));
}

function toStamp(facts: BigIntStats | undefined): FolderStamp | undefined {
  if (facts?.isDirectory() !== true) return undefined;
  const { dev, ino, mtimeNs, ctimeNs } = facts;
  const changedAt = Math.max(Number(mtimeNs / 1_000_000n), Number(ctimeNs / 1_000_000n));
  return { text: [dev, ino, mtimeNs, ctimeNs].join(':'), changedAt };
}

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

  /**
   * The folder at a real path; undefined when it is not there, or a link; `denied` when this process may not read it. Below `parent` it is reached through it.
   */
  static async open(path: string, parent?: Parent): Promise<OpenFolder | 'denied' | undefined> {
    if (!isLinux) {
      const identity = await identify(path);
      return identity === undefined ? undefined : new OpenFolder(path, undefined, identity);
    }
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    const way = parent === undefined ? path : join(parent.folder.#way, parent.name);
    const file = await open(writePath(way), flags).catch(denied);
    if (file === undefined || file === 'denied') return file;
    const folder = new OpenFolder(path, file, '');
    if (await folder.isInPlace()) return folder;
    await folder.close();
    return undefined;
  }

  /** What is in it, at most `limit` entries; undefined when it was moved or exchanged while it was read, `denied` as for `open`. */
  async read(limit: number): Promise<readonly FolderEntry[] | 'denied' | undefined> {
    const entries: FolderEntry[] = [];
    const options = { encoding: 'buffer' as BufferEncoding }; // which Node takes, and its types do not know
    const folder = await opendir(writePath(this.#way), options).catch(denied);
    if (folder === undefined || folder === 'denied') return folder;
    for await (const entry of folder) {
      if (entries.length >= limit) break;
      const raw = entry as unknown as RawEntry;
      entries.push({ name: readPath(raw.name), kind: raw.isFile() ? 'file' : raw.isDirectory() ? 'folder' : 'other' });
    }
    return (await this.isInPlace()) ? entries : undefined;
  }

  /** Tells this folder in its present state from another one, and from itself once entries came or went, or rights changed; undefined when it cannot be told. */
  async stamp(): Promise<FolderStamp | undefined> {
    return toStamp(
      await lstat(writePath(this.#file === undefined ? this.path : `${this.#way}/.`), { bigint: true }).catch(() => undefined),
    );
  }

  /** Whether its path still leads to it. */
  async isInPlace(): Promise<boolean> {
    if (this.#file === undefined) return (await identify(this.path)) === this.#identity;
    return (await findTarget(this.#way)) === this.path;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  get #way(): string {
    return this.#file === undefined ? this.path : `/proc/self/fd/${this.#file.fd}`;
  }
}

/** What a failed opening says of the one who asked. */
export function denied(error: NodeJS.ErrnoException): 'denied' | undefined {
  return error.code === 'EACCES' || error.code === 'EPERM' ? 'denied' : undefined;
}

async function identify(path: string): Promise<string | undefined> {
  const facts = await lstat(writePath(path)).catch(() => undefined);
  if (facts === undefined || !facts.isDirectory() || (await findRealPath(path)) !== path) return undefined;
  return `${facts.dev}:${facts.ino}`;
}
