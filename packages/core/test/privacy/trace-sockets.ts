import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TracedRun {
  readonly result: SpawnSyncReturns<string>;
  /** Every line of the trace that has to do with a network address: connects, name look-ups (sends to port 53) and listening sockets. */
  readonly network: readonly string[];
}

/** Variables under which libraries are known to keep their telemetry quiet: a test under them would prove nothing. */
const quietNames = /^(CI|GITHUB_ACTIONS|DO_NOT_TRACK|.*TELEMETRY.*)$/i;

/** Addresses beyond this process's own files: IPv4, IPv6 and raw packets. */
const networkFamily = /sa_family=AF_(INET6?|PACKET)/;

export function hasStrace(): boolean {
  return process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;
}

/** Runs Node with `args` under strace, all its threads and children included, with `CI` and the like unset. */
export function traceSockets(args: readonly string[], env: Readonly<Record<string, string>> = {}): TracedRun {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-strace-'));
  try {
    const environment = Object.fromEntries(Object.entries({ ...process.env, ...env }).filter(([name]) => !quietNames.test(name)));
    const options = ['-f', '-ff', '-qq', '-e', 'trace=connect,sendto,sendmsg,sendmmsg,bind', '-o', join(folder, 'trace')];
    const result = spawnSync('strace', [...options, process.execPath, ...args], { encoding: 'utf8', timeout: 240_000, env: environment });
    const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
    return { result, network: lines.filter((line) => networkFamily.test(line)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
