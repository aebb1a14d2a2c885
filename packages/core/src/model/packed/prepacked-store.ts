import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock } from '../../store/file-lock.ts';
import { isProcessAlive } from '../../store/is-process-alive.ts';
import { makeFolder } from '../../store/make-folder.ts';
import type { GraphName } from './prepacked-key.ts';

/** Copies of one graph that are kept: this machine's, and one of another that shares the folder. */
const maxCopies = 2;
const recordName = 'copy.json';

/** What copies of one graph are called and where they lie. */
export interface PrepackedPlace {
  /** Folder of all copies, inside that of the converted model, so that both go together. */
  readonly root: string;
  readonly graph: GraphName;
  readonly key: string;
}

const nameOf = ({ graph, key }: PrepackedPlace): string => `${graph}-${key}`;
const refusalOf = ({ root, graph, key }: PrepackedPlace): string => join(root, `.${graph}-${key}.refused`);

/** The copy's graph, when it is complete; it then counts as used now. */
export async function findPrepacked(place: PrepackedPlace): Promise<string | undefined> {
  const folder = join(place.root, nameOf(place));
  try {
    const record = join(folder, recordName);
    const sizes = JSON.parse(await readFile(record, 'utf8')) as Record<string, number>; // written by us, in this folder of ours
    for (const [name, size] of Object.entries(sizes)) if ((await stat(join(folder, name))).size !== size) return undefined;
    const now = new Date();
    await utimes(record, now, now).catch(() => {}); // a read-only disk
    return join(folder, `${place.graph}.onnx`);
  } catch {
    return undefined;
  }
}

/** Why no copy is to be made here: an earlier one was made and could not be opened. */
export async function findRefusal(place: PrepackedPlace): Promise<string | undefined> {
  return readFile(refusalOf(place), 'utf8').catch(() => undefined);
}

/** Removes a copy that cannot be opened, and remembers that making it again is of no use. */
export async function refusePrepacked(place: PrepackedPlace, reason: string): Promise<void> {
  await removePrepacked(place);
  await writeFile(refusalOf(place), reason);
}

export async function removePrepacked(place: PrepackedPlace): Promise<void> {
  await rm(join(place.root, nameOf(place)), { recursive: true, force: true });
}

/**
 * Makes a copy with `write`, which fills an empty folder with `<graph>.onnx` and what belongs to it. It appears whole or not at all. Throws
 * where it cannot: another process is making it, space is short, or the disk refuses.
 */
export async function savePrepacked(place: PrepackedPlace, neededBytes: number, write: (folder: string) => Promise<void>): Promise<void> {
  const { root, graph } = place;
  await makeFolder(root);
  const busy = new AbortController();
  const onWait = (pid: number): void => busy.abort(new Error(`process ${pid} is saving them`));
  const lock = await acquireLock(join(root, `${graph}.lock`), { signal: busy.signal, onWait, pollMs: 50 });
  try {
    if ((await findPrepacked(place)) !== undefined) return; // somebody was faster
    await removeAbandoned(root, graph);
    await checkSpace(root, neededBytes);
    const folder = join(root, `.${graph}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`);
    try {
      await mkdir(folder);
      await write(folder);
      await sealFolder(folder);
      await removePrepacked(place);
      await rename(folder, join(root, nameOf(place)));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    await removeOldest(root, graph);
  } finally {
    await lock.release();
  }
}

/** Makes the files durable before their folder gets its name: after a power cut a named copy holds what was written. */
async function sealFolder(folder: string): Promise<void> {
  const sizes: Record<string, number> = {};
  for (const name of await readdir(folder)) {
    const file = await open(join(folder, name), 'r+');
    try {
      sizes[name] = (await file.stat()).size;
      await file.sync();
    } finally {
      await file.close();
    }
  }
  await writeFile(join(folder, recordName), JSON.stringify(sizes), { flush: true });
}

/** A copy that nobody asked for may take half of what is free, not more. */
async function checkSpace(root: string, neededBytes: number): Promise<void> {
  const disk = await statfs(root);
  const freeBytes = disk.bavail * disk.bsize;
  if (freeBytes < 2 * neededBytes) throw new Error(`they take ${gigabytes(neededBytes)} and ${gigabytes(freeBytes)} are free`);
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** Folders of processes that died while filling them. The lock is held, so a living one of this machine is not filling any. */
async function removeAbandoned(root: string, graph: GraphName): Promise<void> {
  for (const name of await readdir(root)) {
    const pid = Number(new RegExp(`^\\.${graph}\\.tmp-(\\d+)-`).exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || (pid !== process.pid && isProcessAlive(pid))) continue;
    await rm(join(root, name), { recursive: true, force: true });
  }
}

async function removeOldest(root: string, graph: GraphName): Promise<void> {
  const copies: { readonly path: string; readonly usedMs: number }[] = [];
  for (const name of await readdir(root)) {
    if (!name.startsWith(`${graph}-`)) continue;
    const info = await stat(join(root, name, recordName)).catch(() => undefined);
    copies.push({ path: join(root, name), usedMs: info?.mtimeMs ?? 0 });
  }
  for (const { path } of copies.sort((a, b) => b.usedMs - a.usedMs).slice(maxCopies)) await rm(path, { recursive: true, force: true });
}
