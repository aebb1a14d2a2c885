import { readFileSync, readlinkSync } from 'node:fs';

/** Milliseconds of processor time since the count began. */
export type ProcessorTime = () => number;

/** The thread that asks, as `countProcessorTime` takes it; undefined where the system does not tell: not Linux, or /proc may not be read. */
export function ownThreadId(): string | undefined {
  try {
    return readlinkSync('/proc/thread-self').split('/').at(-1);
  } catch {
    return undefined;
  }
}

/**
 * Begins to count the processor time of a thread of this process. Where the system does not tell it, the time of the whole process is counted, which is never
 * less and passes more slowly, too, while other programs have the processor. What the model takes beside it counts then, but does no harm: what a good schema
 * needs is a small part of its limit.
 */
export function countProcessorTime(threadId: string | undefined): ProcessorTime {
  const ofThread = (): number | undefined => (threadId === undefined ? undefined : readThreadMs(threadId));
  const threadMs = ofThread();
  if (threadMs !== undefined) return () => (ofThread() ?? threadMs) - threadMs; // a thread that is gone takes no more
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}

/** Linux counts in hundredths of a second here, whatever the kernel's own clock. `schedstat` would be finer, and is left out of some kernels. */
function readThreadMs(threadId: string): number | undefined {
  try {
    const text = readFileSync(`/proc/self/task/${threadId}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // a name in brackets, which may hold anything, then the third field
    const ms = (Number(fields[11]) + Number(fields[12])) * 10; // utime and stime
    return Number.isFinite(ms) ? ms : undefined;
  } catch {
    return undefined;
  }
}
