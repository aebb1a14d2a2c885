import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks of all processors together since the machine started. */
export interface MachineTicks {
  readonly busy: number;
  readonly total: number;
}

/** One process: ticks of its own and of the children it has waited for. */
export interface ProcessTicks {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

/** The machine and this process with all its descendants, at one moment. */
export interface CpuSnapshot {
  readonly machine: MachineTicks;
  readonly ownTicks: number;
}

/** Above this share of all cores, taken by others, no ratio is printed. */
export const maxOthersShare = 0.15;

/** Reads the first line of /proc/stat; time stolen by a hypervisor counts as busy. Undefined for any other text. */
export function parseMachineTicks(text: string): MachineTicks | undefined {
  const fields = /^cpu +(.*)$/m.exec(text)?.[1]?.trim().split(/ +/).map(Number);
  if (!fields || fields.length < 5 || fields.some(Number.isNaN)) return undefined;
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, interrupts = 0, softInterrupts = 0, stolen = 0] = fields;
  const busy = user + nice + system + interrupts + softInterrupts + stolen; // guest time is inside user time
  return { busy, total: busy + idle + ioWait };
}

/** Reads /proc/PID/stat. Undefined for any other text. */
export function parseProcessTicks(text: string): ProcessTicks | undefined {
  const nameEnd = text.lastIndexOf(')'); // the name may hold spaces and parentheses itself
  const pid = Number.parseInt(text, 10);
  const fields = text
    .slice(nameEnd + 2)
    .split(' ')
    .map(Number);
  const [, parent] = fields; // field 3 is the state
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0); // utime, stime, cutime, cstime
  if (nameEnd < 0 || Number.isNaN(pid) || parent === undefined || Number.isNaN(parent) || Number.isNaN(ticks)) return undefined;
  return { pid, parent, ticks };
}

/** Ticks of `root` and everything below it. */
export function treeTicks(processes: readonly ProcessTicks[], root: number): number {
  const inTree = new Set([root]);
  for (let before = 0; before < inTree.size; ) {
    before = inTree.size;
    for (const { pid, parent } of processes) if (inTree.has(parent)) inTree.add(pid);
  }
  return processes.reduce((sum, { pid, ticks }) => sum + (inTree.has(pid) ? ticks : 0), 0);
}

/** Share of all cores that processes outside the own tree took between two moments, 0 to 1. Undefined when no time passed. */
export function othersShare(before: CpuSnapshot, after: CpuSnapshot): number | undefined {
  const total = after.machine.total - before.machine.total;
  if (total <= 0) return undefined;
  const busy = after.machine.busy - before.machine.busy;
  return Math.max(0, Math.min(1, (busy - (after.ownTicks - before.ownTicks)) / total));
}

/** Starts to watch; the returned function tells what others took since. Undefined on systems without /proc: it is not known there. */
export function watchCpu(platform: NodeJS.Platform = process.platform): () => number | undefined {
  const before = readSnapshot(platform);
  return () => {
    const after = before && readSnapshot(platform);
    return before && after ? othersShare(before, after) : undefined;
  };
}

function readSnapshot(platform: NodeJS.Platform): CpuSnapshot | undefined {
  if (platform !== 'linux') return undefined;
  try {
    const machine = parseMachineTicks(readFileSync('/proc/stat', 'utf8'));
    return machine && { machine, ownTicks: treeTicks(listProcesses(), process.pid) };
  } catch {
    return undefined;
  }
}

function listProcesses(): ProcessTicks[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const process = parseProcessTicks(readFileSync(`/proc/${name}/stat`, 'utf8'));
      return process ? [process] : [];
    } catch {
      return []; // ended in the meantime
    }
  });
}
