import { readFileSync } from 'node:fs';

/** How long the event loop did nothing else. */
export interface LoopGaps {
  /** Longest time in milliseconds between two ticks of a 1 ms timer, whatever the reason: other processes that had the cores, too. */
  readonly gapMs: number;
  /** Most milliseconds of processor time that this thread took between two ticks: work of ours that held the loop. Undefined where it is not told. */
  readonly heldMs: number | undefined;
}

/** Watches the event loop of this thread; the returned function stops and tells what was found. */
export function watchGaps(): () => LoopGaps {
  let gapMs = 0;
  let heldMs = 0;
  let last = performance.now();
  let lastWork = threadMs();
  const look = (): void => {
    const [now, work] = [performance.now(), threadMs()];
    gapMs = Math.max(gapMs, now - last);
    if (work !== undefined && lastWork !== undefined) heldMs = Math.max(heldMs, work - lastWork);
    [last, lastWork] = [now, work];
  };
  const timer = setInterval(look, 1);
  return () => {
    clearInterval(timer);
    look();
    return { gapMs, heldMs: lastWork === undefined ? undefined : heldMs };
  };
}

/** Milliseconds of processor time that this thread has had; undefined where the system does not tell it. */
function threadMs(): number | undefined {
  try {
    return Number.parseInt(readFileSync('/proc/thread-self/schedstat', 'utf8'), 10) / 1e6;
  } catch {
    return undefined; // not Linux, or a kernel without these counters
  }
}
