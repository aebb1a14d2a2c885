import type { DocumentRoots } from './document-roots.ts';
import { maxKeptFolderMs, maxWalkedEntries } from './limits.ts';
import type { FolderStamp } from './open-folder.ts';
import type { WalkedDocument } from './walk-documents.ts';

/** What a walk read of one folder. */
export interface FolderContents {
  readonly documents: readonly WalkedDocument[];
  /** Names of the folders in it that a walk enters, sorted. */
  readonly subfolders: readonly string[];
  /** Everything in it, what a listing does not show included. */
  readonly entryCount: number;
}

interface KeptFolder extends FolderContents {
  readonly stamp: string;
  readonly readAt: number;
}

/**
 * A folder that changed this shortly before it was read is not kept, in ms: file systems round the time of a change, up to 2 s, so that another change
 * right after the reading could leave the same time.
 */
const settleMs = 2_500;

/** What folders held when they were last read, so that the following pages of a listing read only those that changed since. */
export class KeptFolders {
  readonly #folders = new Map<string, KeptFolder>();
  #entries = 0;

  /** What the folder holds; undefined when it is not known, or not the same any more. */
  get(path: string, stamp: FolderStamp, now: number): FolderContents | undefined {
    const kept = this.#folders.get(path);
    return kept?.stamp === stamp.text && now - kept.readAt <= maxKeptFolderMs ? kept : undefined;
  }

  /** Keeps what was read of a folder; `stamp` is of before the reading, which began at `now` (ms since 1970). Folders kept longest make room. */
  set(path: string, contents: FolderContents, stamp: FolderStamp, now: number): void {
    this.#remove(path);
    if (stamp.changedAt + settleMs > now || contents.entryCount > maxWalkedEntries) return;
    this.#folders.set(path, { ...contents, stamp: stamp.text, readAt: now });
    this.#entries += 1 + contents.entryCount;
    for (const oldest of this.#folders.keys()) {
      if (this.#entries <= 2 * maxWalkedEntries) break;
      this.#remove(oldest);
    }
  }

  #remove(path: string): void {
    const kept = this.#folders.get(path);
    if (kept === undefined) return;
    this.#folders.delete(path);
    this.#entries -= 1 + kept.entryCount;
  }
}

const kept = new WeakMap<DocumentRoots, KeptFolders>();

/** The folders that are kept for these roots. */
export function keptFoldersOf(roots: DocumentRoots): KeptFolders {
  const known = kept.get(roots);
  if (known !== undefined) return known;
  const folders = new KeptFolders();
  kept.set(roots, folders);
  return folders;
}
