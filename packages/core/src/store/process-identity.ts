import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isProcessAlive } from './is-process-alive.ts';

/** One process among all that ever ran: ids are given again, in a container after every restart. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Where the id holds: see `processWorld`. */
  readonly world: string;
  /** When it began, in milliseconds of the machine's monotonic clock; the same in all its threads. */
  readonly startedMs: number;
}

/** Two readings of the clocks are not made at the same moment. */
const toleranceMs = 50;

/** The process that runs this code. */
export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, world: processWorld(), startedMs: Math.round(readStartMs()) };
}

/** By the nearest of a few pairs of readings: a busy machine may take the processor away between two, and this process would not know itself again. */
function readStartMs(): number {
  let [startedMs, nearestMs] = [0, Number.POSITIVE_INFINITY];
  for (let tries = 0; tries < 10 && nearestMs > 1; tries += 1) {
    const beforeMs = Number(process.hrtime.bigint()) / 1e6;
    const upMs = process.uptime() * 1000;
    const apartMs = Number(process.hrtime.bigint()) / 1e6 - beforeMs;
    if (apartMs < nearestMs) [startedMs, nearestMs] = [beforeMs - upMs, apartMs];
  }
  return startedMs;
}

/** Whether the process is known to have ended. One of another world cannot be asked about. */
export function hasEnded({ pid, world, startedMs }: ProcessIdentity): boolean {
  const self = thisProcess();
  if (world !== self.world) return false;
  if (pid !== self.pid) return !isProcessAlive(pid);
  return !(Math.abs(startedMs - self.startedMs) <= toleranceMs);
}

let known: string | undefined;

/**
 * Twelve hexadecimal digits for all processes that mean the same process by the same id: the machine, and on Linux its start and the namespace of ids. Two
 * containers often share a host name and a folder, and both count from 1; what one of them calls process 1 is not what the other calls so.
 */
function processWorld(): string {
  known ??= createHash('sha256').update(worldFacts().join('\n')).digest('hex').slice(0, 12);
  return known;
}

function worldFacts(): readonly string[] {
  const look = (read: () => string): string => {
    try {
      return read();
    } catch {
      return ''; // another system, or one that hides it
    }
  };
  if (process.platform !== 'linux') return [hostname()];
  return [hostname(), look(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')), look(() => readlinkSync('/proc/self/ns/pid'))];
}
