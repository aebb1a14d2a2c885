import os from 'node:os';
import { chooseThreads, listCpuFeatures } from '@h2ovl/core/internal/runtime/cpu-features';

/** Where the numbers were taken. */
export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly logicalProcessors: number;
  readonly features: readonly string[];
  /** Of every contestant. */
  readonly threads: number;
  readonly memoryGB: number;
  readonly system: string;
  readonly node: string;
  /** Largest share of all cores that other processes took during each work; null where it is not known. */
  readonly othersShare: Readonly<Record<string, number | null>>;
}

export function describeMachine(threads: number, othersShare: Machine['othersShare']): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    logicalProcessors: os.cpus().length,
    features: listCpuFeatures(),
    threads,
    memoryGB: Math.round(os.totalmem() / 1e9),
    system: `${os.platform()} ${os.arch()} ${os.release()}`,
    node: process.version,
    othersShare,
  };
}

export function defaultThreads(): number {
  return chooseThreads().threads;
}
