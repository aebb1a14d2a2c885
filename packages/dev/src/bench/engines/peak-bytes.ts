import { readFileSync } from 'node:fs';

/** Most memory this process ever had resident, in bytes. */
export function peakBytes(): number {
  try {
    // Where it is told, of this program alone; the other counter may hold what the parent had when it forked.
    const peak = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (peak !== undefined) return Number(peak) * 1024;
  } catch {
    // not Linux
  }
  return process.resourceUsage().maxRSS * 1024;
}
