import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasEnded, type ProcessIdentity, thisProcess } from './process-identity.ts';

/** What a process that cannot be asked about has not touched for a day, nobody fills any more: the longest conversion takes minutes. */
const foreignMs = 86_400_000;

/** A name for what this process fills and renames at the end: `<prefix><pid>-<start of the process>-<world of the id>-<random>`. */
export function temporaryName(prefix: string): string {
  const { pid, startedMs, world } = thisProcess();
  return `${prefix}${pid}-${startedMs}-${world}-${randomBytes(4).toString('hex')}`;
}

/**
 * Files and folders in `folder` that a process which has ended was filling, in full: those whose name begins with `prefix`, without one those of all
 * names that end in `.tmp-`.
 */
export async function listAbandoned(folder: string, prefix?: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const owner = ownerOf(name, prefix);
    if (owner === undefined) continue;
    const path = join(folder, name);
    const isOver = owner.world === thisProcess().world ? hasEnded(owner) : await isOld(path);
    if (isOver) found.push(path);
  }
  return found;
}

/** Whose temporary name it is; undefined for other names. */
function ownerOf(name: string, prefix: string | undefined): ProcessIdentity | undefined {
  const at = prefix === undefined ? name.lastIndexOf('.tmp-') : 0;
  const head = prefix ?? '.tmp-';
  if (at === -1 || !name.startsWith(head, at)) return undefined;
  const [, pid, startedMs, world] = /^(\d+)-(\d+)-([0-9a-f]{12})-/.exec(name.slice(at + head.length)) ?? [];
  return world === undefined ? undefined : { pid: Number(pid), startedMs: Number(startedMs), world };
}

/** Removes what killed processes left. */
export async function removeAbandoned(folder: string, prefix: string): Promise<void> {
  for (const path of await listAbandoned(folder, prefix)) await rm(path, { recursive: true, force: true });
}

async function isOld(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs > foreignMs;
}
