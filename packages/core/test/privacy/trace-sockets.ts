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
const quietNames =
  /^(CI|TF_BUILD|GITHUB_ACTIONS|GITLAB_CI|CIRCLECI|TRAVIS|JENKINS_URL|CODEBUILD_BUILD_ID|BUILDKITE|BITBUCKET_BUILD_NUMBER|ORT_RUNNING_UNIT_TESTS|DO_NOT_TRACK|.*TELEMETRY.*)$/i;

/** Addresses beyond this process's own files: IPv4, IPv6 and raw packets. */
const networkFamily = /sa_family=AF_(INET6?|PACKET)/;

export function hasStrace(): boolean {
  return process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;
}

/** Whether processes can be run in a network of their own. */
export function canIsolate(): boolean {
  return process.platform === 'linux' && spawnSync('unshare', ['-rn', 'true']).status === 0;
}

/** Runs Node with `args` under strace, all its threads and children included, with `CI` and the like unset; `isIsolated`: in a network without a way out. */
export function traceSockets(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  { isIsolated = false }: { readonly isIsolated?: boolean } = {},
): TracedRun {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-strace-'));
  try {
    const environment = Object.fromEntries(Object.entries({ ...process.env, ...env }).filter(([name]) => !quietNames.test(name)));
    const options = ['-f', '-ff', '-qq', '-e', 'trace=connect,sendto,sendmsg,sendmmsg,bind', '-o', join(folder, 'trace')];
    const [program = '', ...words] = [...(isIsolated ? ['unshare', '-rn'] : []), 'strace', ...options, process.execPath, ...args];
    const result = spawnSync(program, words, { encoding: 'utf8', timeout: 240_000, env: environment });
    const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
    return { result, network: lines.filter((line) => networkFamily.test(line)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
