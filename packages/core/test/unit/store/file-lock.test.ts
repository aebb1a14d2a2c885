import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, isLocked } from '../../../src/store/file-lock.ts';
import { thisProcess } from '../../../src/store/process-identity.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'h2ovl-lock-'));
  path = join(directory, 'lock');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const foreign = (holder: { pid?: number; host?: string; world?: string; startedMs?: number }): Promise<void> =>
  writeFile(path, JSON.stringify({ ...thisProcess(), host: hostname(), id: 'other', ...holder }));

describe('acquireLock', () => {
  it('lets one in at a time, in a crowd', async () => {
    let inside = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      const lock = await acquireLock(path, { pollMs: 2 });
      inside += 1;
      most = Math.max(most, inside);
      await sleep(1);
      inside -= 1;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 8 }, visit));
    expect(most).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it('lets one in at a time when all find the lock of a dead process', async () => {
    await foreign({ pid: 999_999_999 });
    let inside = 0;
    const visit = async (): Promise<number> => {
      const lock = await acquireLock(path, { pollMs: 2 });
      inside += 1;
      const seen = inside;
      await sleep(1);
      inside -= 1;
      await lock.release();
      return seen;
    };
    expect(await Promise.all(Array.from({ length: 8 }, visit))).toEqual(Array(8).fill(1));
    expect(await readdir(directory)).toEqual([]);
  });

  it('takes over a lock without a sign of life, and not before', async () => {
    await foreign({ pid: process.ppid });
    const waits: number[] = [];
    const pending = acquireLock(path, { pollMs: 2, staleMs: 60_000, onWait: (pid) => waits.push(pid) });
    await sleep(20);
    expect(waits).toEqual([process.ppid]);
    await utimes(path, 0, 0);
    await (await pending).release();
  });

  it('takes over at once what a former process with our own id left, as in a container that was started again', async () => {
    await foreign({ startedMs: thisProcess().startedMs - 1000 });
    const lock = await acquireLock(path, { pollMs: 2, signal: AbortSignal.timeout(60_000), onWait: () => expect.unreachable() });
    await lock.release();
  });

  it('does not take the lock of a living process 1 of another container for its own former one', async () => {
    const options = { pollMs: 2, heartbeatMs: 500 };
    for (const pid of [process.pid, 999_999_999]) {
      await foreign({ pid, world: 'another container', startedMs: 1 });
      await expect(acquireLock(path, { ...options, signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' });
    }
    // It has not shown itself for more than three heartbeats; from another machine, half a minute is waited.
    await utimes(path, Date.now() / 1000 - 2, Date.now() / 1000 - 2);
    await (await acquireLock(path, { ...options, signal: AbortSignal.timeout(60_000) })).release();
    await foreign({ host: 'another machine', world: 'another machine' });
    await utimes(path, Date.now() / 1000 - 2, Date.now() / 1000 - 2);
    await expect(acquireLock(path, { ...options, signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('tells a lock that is held from one that was left', async () => {
    expect(await isLocked(path)).toBe(false);
    const lock = await acquireLock(path);
    expect(await isLocked(path)).toBe(true);
    await lock.release();
    await foreign({ pid: 999_999_999 });
    expect(await isLocked(path)).toBe(false);
  });

  it('waits for another thread or another copy of this code in the same process', async () => {
    await foreign({});
    await expect(acquireLock(path, { pollMs: 2, signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('takes over a damaged lock once it shows no sign of life', async () => {
    await writeFile(path, 'null');
    await utimes(path, 0, 0);
    await (await acquireLock(path, { pollMs: 2, signal: AbortSignal.timeout(60_000) })).release();
  });

  it('does not judge a process of another machine by its id', async () => {
    await foreign({ pid: 999_999_999, host: 'another machine', world: 'another machine' });
    await expect(acquireLock(path, { pollMs: 2, signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('shows that its holder lives', async () => {
    const lock = await acquireLock(path, { heartbeatMs: 5 });
    await utimes(path, 0, 0);
    await sleep(60);
    expect((await stat(path)).mtimeMs).toBeGreaterThan(1000);
    await lock.release();
  });

  it('leaves a lock alone that others took over meanwhile', async () => {
    const lock = await acquireLock(path);
    await foreign({ pid: process.ppid });
    await lock.release();
    await lock.release();
    expect(await readdir(directory)).toEqual(['lock']);
  });

  it('rejects with the reason when aborted, and with STORAGE_UNAVAILABLE where it cannot write', async () => {
    await expect(acquireLock(path, { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    await expect(acquireLock(join(directory, 'nowhere', 'lock'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });
});
