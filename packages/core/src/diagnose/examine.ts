import { checkOptions, type OptionNames } from '@h2ovl/contract';
import { cacheDirectory } from '../store/cache-directory.ts';
import type { Finding } from './finding.ts';
import { inspectGraphics } from './inspect-graphics.ts';
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

const examineOptionNames: OptionNames<ExamineOptions> = { home: true, env: true, signal: true };

/**
 * Looks at everything that decides whether models run on this machine: Node, system, memory, processor, native libraries, graphics, home folder, disk, models, and what
 * could open a socket. Nothing is changed and nothing leaves the machine.
 */
export async function examine(given: ExamineOptions = {}): Promise<Finding[]> {
  checkOptions(given, examineOptionNames, 'examine()');
  const { home = cacheDirectory(), env = process.env, signal } = given;
  const options = { home, signal };
  const findings = [...inspectSystem(thisSystem()), ...(await inspectLibraries()), await inspectGraphics(options)];
  signal?.throwIfAborted();
  findings.push(...(await inspectHome(options)), ...(await inspectModels(options)));
  signal?.throwIfAborted();
  return [...findings, ...(await inspectNetwork(env))];
}
