import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { watchGaps } from '../../../src/bench/engines/gap-watch.ts';

const isTold = existsSync('/proc/thread-self/schedstat');
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
const waitSynchronously = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** Processor time, however little of it this process gets. */
function compute(ms: number): void {
  const started = process.cpuUsage().user;
  while (process.cpuUsage().user - started < ms * 1000);
}

it.runIf(isTold)('tells work of this thread from time in which it did nothing', async () => {
  const idle = watchGaps();
  await turn();
  waitSynchronously(150); // as when other processes have the cores
  await turn();
  const { gapMs, heldMs } = idle();
  expect(gapMs).toBeGreaterThanOrEqual(149);
  expect(heldMs).toBeLessThan(100);
  const busy = watchGaps();
  await turn();
  compute(150);
  await turn();
  expect(busy().heldMs).toBeGreaterThan(100);
});
