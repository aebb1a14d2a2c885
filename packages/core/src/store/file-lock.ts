import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded, type ProcessIdentity, thisProcess } from './process-identity.ts';
import { fileMode } from './readers.ts';
import { storageError } from './storage-error.ts';

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once when another holder has the lock, with its process id. */
  readonly onWait?: (pid: number) => void;
  /** How often the holder shows that it lives. @default 2000 */
  readonly heartbeatMs?: number;
  /** A lock without a sign of life for this long is taken over. @default 30000, and three heartbeats for what another container of this host name left */
  readonly staleMs?: number;
  /** How often a waiter looks. @default 250 */
  readonly pollMs?: number;
}

/** A held lock. */
export interface FileLock {
  /** Idempotent. */
  release(): Promise<void>;
}

interface Holder extends ProcessIdentity {
  readonly host: string;
  readonly id: string;
}

/** How long a lock may show no sign of life. */
interface Patience {
  readonly heartbeatMs: number;
  readonly staleMs: number;
  readonly pollMs: number;
}

const standard: Patience = { heartbeatMs: 2000, staleMs: 30_000, pollMs: 250 };

/**
 * Takes a lock between processes: a file that only one of them can create. The lock of a holder that died is taken over.
 * @throws VisionError STORAGE_UNAVAILABLE; the signal's reason when aborted
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<FileLock> {
  const { signal, onWait } = options;
  const patience = { ...standard, ...options };
  const self = newHolder();
  let hasWaited = false;
  for (;;) {
    signal?.throwIfAborted();
    if (await tryCreate(path, self)) return hold(path, self, patience.heartbeatMs);
    const holder = await readHolder(path);
    if (await isStale(path, holder, patience)) {
      await removeStale(path, holder, patience);
      continue;
    }
    if (!hasWaited && holder !== undefined) {
      hasWaited = true;
      onWait?.(holder.pid);
    }
    await sleep(patience.pollMs, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** Whether somebody who lives holds the lock: what a killed process left does not count. */
export async function isLocked(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info !== undefined && !(await isStale(path, await readHolder(path), standard));
}

const newHolder = (): Holder => ({ ...thisProcess(), host: hostname(), id: randomUUID() });

async function tryCreate(path: string, self: Holder): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(self), { flag: 'wx', mode: fileMode('owner') });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw storageError(`Cannot create the lock ${path}`, cause);
  }
}

/** undefined: gone, just being written, or damaged. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder: Partial<Holder> | null = JSON.parse(await readFile(path, 'utf8'));
    const isHolder = typeof holder?.pid === 'number' && typeof holder.startedMs === 'number';
    return isHolder && [holder.world, holder.host, holder.id].every((text) => typeof text === 'string') ? (holder as Holder) : undefined;
  } catch {
    return undefined;
  }
}

/** Where the process can be asked about, its end settles it; else its heartbeats do. A container that was started again should not wait long for itself. */
async function isStale(path: string, holder: Holder | undefined, { heartbeatMs, staleMs }: Patience): Promise<boolean> {
  if (holder !== undefined && hasEnded(holder)) return true;
  const isNear = holder?.host === hostname() && holder.world !== thisProcess().world;
  const info = await stat(path).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs > (isNear ? Math.min(staleMs, 3 * heartbeatMs) : staleMs);
}

/**
 * Two waiters may find the same lock stale; the slower one must not remove the new lock of the faster one. So removal is itself guarded by
 * a file that one of them creates, and the lock is looked at again inside.
 */
async function removeStale(path: string, seen: Holder | undefined, patience: Patience): Promise<void> {
  const guard = `${path}.takeover`;
  if (!(await tryCreate(guard, newHolder()))) {
    // Taking over lasts milliseconds: an old guard belongs to somebody who died in between.
    if (await isStale(guard, await readHolder(guard), patience)) await rm(guard, { force: true });
    return;
  }
  try {
    // After the machine slept, every lock looks old until its holder has had its turn.
    if (seen === undefined || !hasEnded(seen)) await sleep(patience.pollMs);
    const now = await readHolder(path);
    if (now?.id === seen?.id && (await isStale(path, now, patience))) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

function hold(path: string, self: Holder, heartbeatMs: number): FileLock {
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined); // the folder may be gone; release will notice
  }, heartbeatMs);
  beat.unref();
  return {
    async release() {
      clearInterval(beat);
      if ((await readHolder(path))?.id === self.id) await rm(path, { force: true });
    },
  };
}
