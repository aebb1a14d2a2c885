import { cacheDirectory } from '../store/cache-directory.ts';
import type { Finding } from './finding.ts';
import { inspectHome, inspectModels } from './inspect-home.ts';
import { inspectNetwork } from './inspect-network.ts';
import { inspectLibraries, inspectSystem, thisSystem } from './inspect-system.ts';

export interface ExamineOptions {
  /** @default `H2OVL_HOME` or the platform's cache folder */
  readonly home?: string;
  /** @default the process's own */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/**
 * Looks at everything that decides whether models run on this machine: Node, system, memory, processor, native libraries, home folder, disk, models, and what
 * could open a socket. Nothing is changed and nothing leaves the machine.
 */
export async function examine({ home = cacheDirectory(), env = process.env, signal }: ExamineOptions = {}): Promise<Finding[]> {
  const options = { home, signal };
  const findings = [...inspectSystem(thisSystem()), ...(await inspectLibraries())];
  signal?.throwIfAborted();
  findings.push(...(await inspectHome(options)), ...(await inspectModels(options)));
  signal?.throwIfAborted();
  return [...findings, ...(await inspectNetwork(env))];
}
