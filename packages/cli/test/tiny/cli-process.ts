import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import { bundleScript } from '../../../dev/src/testing/bundle-script.ts';

/** What a finished process left behind. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Folder of the cache. */
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Nothing by default. */
  readonly stdin?: Uint8Array;
  /** Sent once, when standard output or error matches; or when standard input, which then stays open, has been read. */
  readonly signalAt?:
    | { readonly stream: 'stdout' | 'stderr'; readonly pattern: RegExp; readonly signal: NodeJS.Signals }
    | { readonly stream: 'stdin'; readonly signal: NodeJS.Signals }
    | { readonly stream: 'file'; readonly path: string; readonly pattern: RegExp; readonly signal: NodeJS.Signals };
  /** A shell command that holds "$CLI" in place of the arguments. */
  readonly shell?: string;
}

/** Runs the real command line, made from source, in a process of its own; no model is chosen by the surroundings. */
export async function runCliProcess(args: readonly string[], options: CliOptions): Promise<CliRun> {
  const { home, env = {}, stdin, signalAt, shell } = options;
  const script = fileURLToPath(await bundleScript(new URL('../../src/main.ts', import.meta.url)));
  const environment = { ...process.env, H2OVL_HOME: home, H2OVL_MODEL: '', ...env };
  const child =
    shell === undefined
      ? spawn(process.execPath, [script, ...args], { env: environment })
      : spawn('bash', ['-c', shell], { env: { ...environment, CLI: `${process.execPath} ${script}` } });
  const streams = { stdout: '', stderr: '' };
  let isSent = false;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      streams[name] += text;
      if (isSent || signalAt?.stream !== name || !signalAt.pattern.test(streams[name])) return;
      isSent = true;
      child.kill(signalAt.signal);
    });
  }
  const watch = setInterval(() => {
    if (isSent || signalAt?.stream !== 'file' || !existsSync(signalAt.path)) return;
    if (!signalAt.pattern.test(readFileSync(signalAt.path, 'utf8'))) return;
    isSent = true;
    child.kill(signalAt.signal);
  }, 20);
  child.stdin.on('error', () => {}); // a command that does not read it may end first
  if (signalAt?.stream === 'stdin') child.stdin.write(stdin, () => child.kill(signalAt.signal));
  else child.stdin.end(stdin);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearInterval(watch);
  return { code, ...streams };
}

/** A folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-tiny-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** One failure: exit code 1, nothing on standard output, a sentence with its code, a hint, and no stack trace. */
export function expectFailure(run: CliRun, code: string, message: RegExp): void {
  const [error = '', hint = '', ...rest] = run.stderr
    .split('\n')
    .filter((line) => line.startsWith('error: ') || line.startsWith('  hint: '));
  expect(error).toMatch(message);
  expect(error).toMatch(/^error: .+\. \[[A-Z_]+\]$/);
  expect(error.endsWith(`[${code}]`), `${error} has the code ${code}`).toBe(true);
  expect(hint).toMatch(/^ {2}hint: .+/);
  expect(rest).toEqual([]);
  expect(run.stderr).not.toMatch(/^\s+at .+:\d+/m);
  expect(run).toMatchObject({ code: 1, stdout: '' });
}
