import { hostname } from 'node:os';
import { isProcessAlive } from './is-process-alive.ts';

/** One process among all that ever ran: ids are given again, in a container after every restart. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it began, in milliseconds of the machine's monotonic clock; the same in all its threads. Missing in what older versions wrote. */
  readonly startedMs?: number;
}

/** Two readings of the clocks are not made at the same moment. */
const toleranceMs = 50;

/** The process that runs this code. */
export function thisProcess(): ProcessIdentity & { readonly startedMs: number } {
  const startedMs = Math.round(Number(process.hrtime.bigint()) / 1e6 - process.uptime() * 1000);
  return { pid: process.pid, host: hostname(), startedMs };
}

/** Whether the process is known to have ended. Processes of other machines cannot be asked. */
export function hasEnded({ pid, host, startedMs }: ProcessIdentity): boolean {
  const self = thisProcess();
  if (host !== self.host) return false;
  if (pid !== self.pid) return !isProcessAlive(pid);
  return !(Math.abs((startedMs ?? Number.NaN) - self.startedMs) <= toleranceMs); // not a number: written by something else
}
