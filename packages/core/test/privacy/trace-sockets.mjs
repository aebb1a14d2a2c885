// Counts what a command asks the system's network for, under strace: connect calls to anything but local files, and name look-ups
// (which are connects or sends to port 53). Linux with strace only.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function hasStrace() {
  return process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;
}

/** Runs `command` with `CI` unset, since a library may keep quiet there, and returns its exit code and every network line of the trace. */
export function traceSockets(command, args, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-strace-'));
  try {
    const environment = { ...process.env, ...options.env };
    for (const name of Object.keys(environment)) if (quietNames.test(name)) delete environment[name];
    const result = spawnSync('strace', ['-f', '-ff', '-qq', '-e', 'trace=connect,sendto,sendmsg,sendmmsg,bind', '-o', join(folder, 'trace'), command, ...args], {
      encoding: 'utf8',
      timeout: 240_000,
      ...options,
      env: environment,
    });
    const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
    return { status: result.status, stdout: result.stdout, stderr: result.stderr, network: lines.filter((line) => family.test(line)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Variables under which libraries are known to switch their telemetry off. */
const quietNames = /^(CI|GITHUB_ACTIONS|DO_NOT_TRACK|.*TELEMETRY.*)$/i;

/** Addresses that leave the process's own machine-local files: IPv4, IPv6, packet and netlink-free. */
const family = /sa_family=AF_(INET6?|PACKET)/;
