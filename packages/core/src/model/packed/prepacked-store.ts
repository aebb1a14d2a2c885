import { readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { copyRecordName, readCopyRecord, sealCopy } from '../../model-files/packed-copies.ts';
import { findDamage, noteVerified } from '../../model-files/verified-files.ts';
import { acquireLock } from '../../store/file-lock.ts';
import { checkFreeSpace } from '../../store/free-space.ts';
import { makePrivateFolder, writePrivateFile } from '../../store/private-file.ts';
import { removeAbandoned, temporaryName } from '../../store/temporary-files.ts';
import type { GraphName } from './prepacked-key.ts';

/** Copies of one graph that are kept: this machine's, and one of another that shares the folder. */
const maxCopies = 2;

/** What copies of one graph are called and where they lie. */
export interface PrepackedPlace {
  /** Folder of all copies, inside that of the converted model, so that both go together. */
  readonly root: string;
  readonly graph: GraphName;
  readonly key: string;
  /** Where it is noted which files were hashed. */
  readonly home: string;
}

/** What lies where a copy belongs. */
export type FoundCopy = { readonly type: 'whole'; readonly file: string } | { readonly type: 'none' | 'damaged' };

const nameOf = ({ graph, key }: PrepackedPlace): string => `${graph}-${key}`;
const refusalOf = ({ root, graph, key }: PrepackedPlace): string => join(root, `.${graph}-${key}.refused`);

/**
 * Looks for the copy. Its sizes are always compared with its record, and the SHA-256 of each file that was written to since it was last compared, as those of the
 * model itself are. A whole copy then counts as used now. @throws the signal's reason when aborted
 */
export async function findPrepacked(place: PrepackedPlace, signal: AbortSignal): Promise<FoundCopy> {
  const folder = join(place.root, nameOf(place));
  const record = await readCopyRecord(folder);
  if (record === undefined) return { type: 'none' };
  try {
    if ((await findDamage(folder, record, { home: place.home, signal })) !== undefined) return { type: 'damaged' };
  } catch (error) {
    signal.throwIfAborted();
    if (VisionError.isInstance(error) || (error as NodeJS.ErrnoException).code !== undefined) return { type: 'damaged' };
    throw error;
  }
  const now = new Date();
  await utimes(join(folder, copyRecordName), now, now).catch(() => {}); // a read-only disk
  return { type: 'whole', file: join(folder, `${place.graph}.onnx`) };
}

/** Why no copy is to be made here: an earlier one was made and could not be opened. */
export async function findRefusal(place: PrepackedPlace): Promise<string | undefined> {
  return readFile(refusalOf(place), 'utf8').catch(() => undefined);
}

/** Removes a copy that cannot be opened, and remembers that making it again is of no use. */
export async function refusePrepacked(place: PrepackedPlace, reason: string): Promise<void> {
  await removePrepacked(place);
  await writePrivateFile(refusalOf(place), reason);
}

export async function removePrepacked(place: PrepackedPlace): Promise<void> {
  await rm(join(place.root, nameOf(place)), { recursive: true, force: true });
}

/**
 * Makes a copy with `write`, which fills an empty folder with `<graph>.onnx` and what belongs to it. It appears whole or not at all. Throws
 * where it cannot: another process is making it, space is short, or the disk refuses.
 */
export async function savePrepacked(
  place: PrepackedPlace,
  neededBytes: number,
  signal: AbortSignal,
  write: (folder: string) => Promise<void>,
): Promise<void> {
  const { root, graph } = place;
  await makePrivateFolder(root);
  const busy = new AbortController();
  const onWait = (pid: number): void => busy.abort(new Error(`process ${pid} is saving them`));
  const lock = await acquireLock(join(root, `${graph}.lock`), { signal: busy.signal, onWait, pollMs: 50 });
  try {
    if ((await findPrepacked(place, signal)).type === 'whole') return; // somebody was faster
    await removeAbandoned(root, `.${graph}.tmp-`);
    // Nobody asked for the copy: it may take half of what is free, not more.
    await checkFreeSpace(root, 2 * neededBytes, 'Twice their size');
    const folder = join(root, temporaryName(`.${graph}.tmp-`));
    try {
      await makePrivateFolder(folder);
      await write(folder);
      const record = await sealCopy(folder);
      await removePrepacked(place);
      await rename(folder, join(root, nameOf(place)));
      await noteVerified(join(root, nameOf(place)), record, place.home);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    await removeOldest(root, graph);
  } finally {
    await lock.release();
  }
}

async function removeOldest(root: string, graph: GraphName): Promise<void> {
  const copies: { readonly path: string; readonly usedMs: number }[] = [];
  for (const name of await readdir(root)) {
    if (!name.startsWith(`${graph}-`)) continue;
    const info = await stat(join(root, name, copyRecordName)).catch(() => undefined);
    copies.push({ path: join(root, name), usedMs: info?.mtimeMs ?? 0 });
  }
  for (const { path } of copies.sort((a, b) => b.usedMs - a.usedMs).slice(maxCopies)) await rm(path, { recursive: true, force: true });
}
