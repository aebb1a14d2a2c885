import { readFileSync } from 'node:fs';
import os from 'node:os';

/** What the machine says of itself; a parameter so that other machines can be described in tests. */
export interface MachineView {
  readonly platform: NodeJS.Platform;
  /** Logical processors this process may use, as Node counts them. */
  readonly availableParallelism: number;
  /** The text of a system file, undefined where there is none. */
  readonly readText: (file: string) => string | undefined;
}

/** How many threads compute, and why. */
export interface ThreadChoice {
  readonly threads: number;
  readonly reason: string;
}

/** Physical cores this process may use: two threads on one core share its arithmetic units and only get in each other's way. */
export function chooseThreads(machine: MachineView = thisMachine()): ThreadChoice {
  const { platform, availableParallelism } = machine;
  const cores = platform === 'linux' ? countLinuxCores(machine) : undefined;
  const limit = platform === 'linux' ? cgroupLimit(machine) : undefined;
  const usable = Math.max(1, Math.min(cores ?? availableParallelism, availableParallelism));
  if (limit !== undefined && limit < usable) {
    const threads = Math.max(1, Math.floor(limit));
    return { threads, reason: `${threadsText(threads)}: the control group allows ${limit} processors' worth of time.` };
  }
  const source = cores === undefined ? 'processors that Node sees' : 'physical cores open to this process';
  return { threads: usable, reason: `${threadsText(usable)}: the number of ${source}.` };
}

function threadsText(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

function countLinuxCores({ readText }: MachineView): number | undefined {
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(readText('/proc/self/status') ?? '')?.[1];
  const processors = parseCpuList(allowed ?? readText('/sys/devices/system/cpu/online')?.trim() ?? '');
  // Processors of one core list the same siblings; the lowest of them stands for the core.
  const cores = new Set(
    processors.map((processor) => readText(`/sys/devices/system/cpu/cpu${processor}/topology/thread_siblings_list`)?.trim()),
  );
  return cores.size === 0 || cores.has(undefined) ? undefined : cores.size;
}

/** "0-2,5" -> [0, 1, 2, 5] */
function parseCpuList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first, last = first] = part.split('-').map(Number);
    if (first === undefined || last === undefined || Number.isNaN(first + last) || part === '') return [];
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** Processors' worth of time that a container may use, undefined without a limit. */
function cgroupLimit({ readText }: MachineView): number | undefined {
  const [quota, period] = (readText('/sys/fs/cgroup/cpu.max') ?? '').trim().split(/\s+/).map(Number);
  if (quota !== undefined && period !== undefined && quota > 0 && period > 0) return quota / period;
  const oldQuota = Number(readText('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') ?? Number.NaN);
  const oldPeriod = Number(readText('/sys/fs/cgroup/cpu/cpu.cfs_period_us') ?? Number.NaN);
  return oldQuota > 0 && oldPeriod > 0 ? oldQuota / oldPeriod : undefined;
}

function thisMachine(): MachineView {
  return {
    platform: process.platform,
    availableParallelism: os.availableParallelism(),
    readText: (file) => {
      try {
        return readFileSync(file, 'utf8');
      } catch {
        return undefined;
      }
    },
  };
}

/** Instruction sets that decide between kernels, as the processor lists them; empty where the system does not say. */
export function listCpuFeatures(machine: MachineView = thisMachine()): readonly string[] {
  const flags = listFlags(machine);
  const telling = ['avx2', 'avx512f', 'avx_vnni', 'avx512_vnni', 'amx_int8', 'asimd', 'asimddp', 'i8mm', 'sve'];
  return telling.filter((name) => flags.includes(name));
}

/** Kind, name and, where the system lists them, all features of the processor, as one line: what decides how weights are packed. */
export function describeProcessor(machine: MachineView = thisMachine()): string {
  return [machine.platform, os.arch(), os.cpus()[0]?.model ?? '', ...listFlags(machine).sort()].join(' ');
}

/** Every feature that Linux lists; empty elsewhere. */
function listFlags({ readText }: MachineView): string[] {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readText('/proc/cpuinfo') ?? '')?.[1];
  return (flags ?? '').split(/\s+/).filter((flag) => flag !== '');
}
