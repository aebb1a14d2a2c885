import { afterEach, expect, it, vi } from 'vitest';
import { hasEnded, thisProcess } from '../../../src/store/process-identity.ts';

afterEach(() => vi.restoreAllMocks());

it('knows this process again where the processor is taken away between two looks at the clocks', () => {
  const known = thisProcess();
  const [bigint, uptime] = [process.hrtime.bigint, process.uptime.bind(process)];
  let lateMs = 0;
  let pauses = 9;
  vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => bigint() + BigInt(lateMs) * 1_000_000n);
  vi.spyOn(process, 'uptime').mockImplementation(() => {
    if (pauses > 0) lateMs += 200;
    pauses -= 1;
    return uptime() + lateMs / 1000;
  });
  expect(hasEnded(known)).toBe(false);
  expect(pauses).toBeLessThan(0);
  expect(hasEnded({ ...known, startedMs: known.startedMs - 1000 })).toBe(true); // a former process with this id
});
