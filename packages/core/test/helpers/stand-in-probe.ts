import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProbeReport } from '../../src/runtime/devices/probe-protocol.ts';
import { useProbeScript } from '../../src/runtime/devices/try-device.ts';

/** How a stand-in for the probing process ends after its reports. */
export type StandInEnd = 'crash' | 'hang' | 'wait';

export interface StandIn {
  /** Processes that were started so far, by their ids. */
  pids(): readonly number[];
}

/** Puts a process in place of the one that tries the GPU: it says `reports` and then aborts, holds its thread (for a minute: no test waits that long, and none leaves it behind for ever), or waits to be ended. */
export function useStandIn(reports: readonly ProbeReport[], end: StandInEnd): StandIn {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-stand-in-'));
  const [script, log] = [join(folder, 'stand-in.mjs'), join(folder, 'pids')];
  const ends = {
    crash: 'process.abort();',
    hang: 'for (const end = Date.now() + 60_000; Date.now() < end; );',
    wait: 'setInterval(() => {}, 1000);',
  };
  writeFileSync(
    script,
    `import { appendFileSync } from 'node:fs';
    appendFileSync(${JSON.stringify(log)}, process.pid + '\\n');
    for (const report of ${JSON.stringify(reports)}) await new Promise((resolve) => process.send(report, resolve));
    ${ends[end]}`,
  );
  useProbeScript(() => script);
  return { pids: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').map(Number) : []) };
}

/** Whether a process of that id is there. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
