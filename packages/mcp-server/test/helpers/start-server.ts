import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Engine } from '../../src/engine.ts';
import { runServer } from '../../src/run-server.ts';
import { fakeImage } from './fake-model.ts';

export interface RunningServer {
  readonly url: string;
  /** Everything on stderr so far. */
  log(): string;
  /** Sends the signal and returns the exit code. */
  stop(signal?: 'SIGTERM' | 'SIGINT'): Promise<number>;
}

/** The whole server in this process, on a free port, as the command line would start it. */
export async function startHttp(engine: Engine, args: readonly string[] = [], env: Record<string, string> = {}): Promise<RunningServer> {
  const stderr = new PassThrough();
  let text = '';
  let heard = (): void => {};
  const listening = new Promise<void>((resolve) => {
    heard = resolve;
  });
  stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes('"listening"')) heard();
  });
  let stop = (_signal: 'SIGTERM' | 'SIGINT'): void => {};
  const stopped = new Promise<'SIGTERM' | 'SIGINT'>((resolve) => {
    stop = resolve;
  });
  const world = {
    args: ['--http', '--port', '0', '--model', 'fake', ...args],
    env,
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr,
    stopped,
  };
  const exit = runServer(world, engine);
  await Promise.race([listening, exit]);
  const url = /"url":"([^"]+)"/.exec(text)?.[1];
  if (url === undefined) throw new Error(`The server did not start: ${text}`);
  return {
    url,
    log: () => text,
    stop: (signal = 'SIGTERM') => {
      stop(signal);
      return exit;
    },
  };
}

/** Runs the command line until it ends by itself. */
export async function runOnce(
  args: readonly string[],
  engine: Engine,
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const code = await runServer({ args, env, ...streams, stopped: new Promise(() => {}) }, engine);
  return { code, stdout: String(streams.stdout.read() ?? ''), stderr: String(streams.stderr.read() ?? '') };
}

/** A fresh folder with two pages, as a real path. */
export async function makeFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'h2ovl-mcp-')));
  await writeFile(join(path, 'receipt.png'), fakeImage(0));
  await writeFile(join(path, 'form.png'), fakeImage(1));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Waits until `isTrue`, or fails after `ms`: by default long enough for a first page, for which the test runner compiles all of the line reader. */
export async function waitUntil(isTrue: () => boolean, ms = 120_000): Promise<void> {
  const end = performance.now() + ms;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`Not true after ${ms} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
