import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { maxRequestBytes, maxSentenceChars, shortenSentence, VisionError } from '@h2ovl/contract';
import { BodyBudget } from './bodies/read-body.ts';
import type { Engine } from './engine.ts';
import { toVisionError } from './errors.ts';
import { openRoots } from './files/document-roots.ts';
import { createHttpApp } from './http/create-http-app.ts';
import { serveHttp } from './http/serve-http.ts';
import { createLog, describeOrigin, type Log } from './log.ts';
import { createMcpEndpoint } from './mcp/create-mcp-endpoint.ts';
import { createMcpServer, type McpExtras } from './mcp/create-mcp-server.ts';
import { SentFiles } from './mcp/sent-files.ts';
import { serveMcpStdio } from './mcp/serve-stdio.ts';
import type { ToolContext } from './mcp/tool-context.ts';
import { ModelHost } from './queue/model-host.ts';
import { ModelRunner } from './queue/model-runner.ts';
import { oneByOne } from './queue/one-by-one.ts';
import { WorkQueue } from './queue/work-queue.ts';
import { readCommandLine, type ServerConfig } from './server-config.ts';

/** The outside world, as far as the server touches it. */
export interface ServerEnvironment {
  readonly args: readonly string[];
  /** How the server was started, for its help page and messages; default: `h2ovl-mcp`. */
  readonly name?: string;
  /** Given when the way of starting it has chosen the transport already; otherwise the arguments do. */
  readonly transport?: 'http';
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Resolves when the process is asked to stop. */
  readonly stopped: Promise<'SIGTERM' | 'SIGINT'>;
}

/** What all bodies at work may hold together: one machine, a few requests, and no way to fill its memory with waiting uploads. */
const maxHeldBytes = 512 * 1024 * 1024;

/** How long running work may go on after a stop was asked for. Container runtimes kill after 10 s or 30 s. */
const drainMs = 25_000;

/** From the model's last token to the bytes of the answer on the wire: some turns of the event loop, with room to spare. */
const settleMs = 200;

/** How often it is asked whether the parent process still lives. */
const parentCheckMs = 1000;

/** How long the model may take to close after that. */
const closeMs = 4000;

/** Runs the server until it is stopped (or its stdin ends); returns the exit code: 0, 2 for wrong arguments, 130 after an interrupt. */
export async function runServer(world: ServerEnvironment, engine: Engine): Promise<number> {
  let config: ServerConfig;
  try {
    const commandLine = readCommandLine(world.args, world.env, world);
    if (commandLine.type === 'print') {
      world.stdout.write(commandLine.text);
      return 0;
    }
    config = commandLine.config;
    return await serve(config, world, engine);
  } catch (error) {
    const failure = toVisionError(error);
    if (failure.code !== 'INVALID_ARGUMENT' && failure.code !== 'MODEL_NOT_FOUND') throw error;
    // They may repeat what was typed.
    const [message, hint = ''] = [failure.message, failure.hint].map((sentence) => sentence && shortenSentence(sentence, maxSentenceChars));
    world.stderr.write(`${`${world.name ?? 'h2ovl-mcp'}: ${message} ${hint}`.trimEnd()}\n`);
    return 2;
  }
}

async function serve(config: ServerConfig, world: ServerEnvironment, engine: Engine): Promise<number> {
  const log = createLog((line) => world.stderr.write(line), config.logLevel);
  const roots = await openRoots(config.roots);
  if (config.isDefaultModel) {
    log('warn', 'default-model', {
      model: 'nano',
      hint: 'A small test model answers. Choose a real one with --model 0.8b, --model 2b or a checkpoint folder.',
    });
  }
  const host = new ModelHost({ id: config.modelId, load: engine.load(config), log, tellsPaths: config.transport === 'stdio' });
  if (config.isPreloaded) host.preload();
  const queue = new WorkQueue({ limit: config.queueLimit, parallel: config.parallelAnswers });
  const runner = new ModelRunner({ host, queue, log, maxSeconds: config.maxSeconds });
  const { maxDecoders } = config;
  const tools: ToolContext = { runner, roots, makeOutputSchema: oneByOne(engine.makeOutputSchema), log, maxDecoders };
  // A client that starts this server waits for its first answer, and the search takes as long as the engine's libraries.
  const search = findModel(config, engine);
  if (config.transport === 'stdio') return serveStdioUntilStopped(tools, world, log, search);
  await search;
  const extras = config.hasConformanceFixtures
    ? (await import('./conformance/conformance-fixtures.ts')).createConformanceFixtures()
    : undefined;
  return serveHttpUntilStopped(config, tools, extras, world, log);
}

async function findModel(config: ServerConfig, engine: Engine): Promise<void> {
  await engine.checkDevice?.(config);
  try {
    await engine.find?.(config);
  } catch (error) {
    if (!VisionError.isInstance(error)) throw error;
    throw new VisionError(error.code, `--model ${config.model}: ${error.message}`, { hint: error.hint, cause: error });
  }
}

async function serveStdioUntilStopped(tools: ToolContext, world: ServerEnvironment, log: Log, search: Promise<void>): Promise<number> {
  const onError = (error: Error): void => log('warn', 'mcp-error', describeOrigin(error));
  const connection = serveMcpStdio(() => createMcpServer(tools), { input: world.stdin, output: world.stdout, onError });
  log('info', 'listening', { transport: 'stdio', folders: tools.roots.folders.length });
  const orphan = watchParent(() => connection.hasEnded());
  const missing = search.then(() => new Promise<never>(() => {}));
  const ends = [connection.closed.then(() => 'end' as const), world.stopped, orphan.found, missing];
  const cause = await Promise.race(ends).finally(orphan.stopWatching);
  log('info', 'stopping', { cause });
  // On a signal what runs may finish, unless the client has gone: it ends the input first, and then sends the signal when that takes too long.
  await stopRunner(tools, cause === 'end' || connection.hasEnded() ? 0 : drainMs);
  await sleep(settleMs);
  await connection.close();
  return cause === 'SIGINT' ? 130 : 0;
}

/** Tells when the process that started this one is gone, once its end of the input is: then nobody waits for the answers under way. */
function watchParent(hasInputEnded: () => boolean): { readonly found: Promise<'orphaned'>; stopWatching(): void } {
  const parent = process.ppid;
  let timer: NodeJS.Timeout | undefined;
  const found = new Promise<'orphaned'>((resolve) => {
    timer = setInterval(() => {
      if (hasInputEnded() && process.ppid !== parent) resolve('orphaned');
    }, parentCheckMs);
  });
  return { found, stopWatching: () => clearInterval(timer) };
}

async function serveHttpUntilStopped(
  config: ServerConfig,
  tools: ToolContext,
  extras: McpExtras | undefined,
  world: ServerEnvironment,
  log: Log,
): Promise<number> {
  const onError = (error: Error): void => log('debug', 'mcp-error', describeOrigin(error));
  const bodies = new BodyBudget(maxHeldBytes);
  const sentFiles = new SentFiles();
  const mcp = createMcpEndpoint({
    createServer: () => createMcpServer({ ...tools, sentFiles }, extras),
    sentFiles,
    maxBodyBytes: maxRequestBytes,
    bodies,
    onError,
    maxSessions: config.maxSessions,
    sessionIdleMs: config.sessionIdleMinutes * 60_000,
  });
  extras?.bind?.(mcp.changes);
  const app = createHttpApp({
    runner: tools.runner,
    makeOutputSchema: tools.makeOutputSchema,
    maxDecoders: config.maxDecoders,
    log,
    maxBodyBytes: maxRequestBytes,
    bodies,
    statusAfterMs: config.statusAfterSeconds * 1000,
    mcp,
    guards: { host: config.host, allowedHosts: config.allowedHosts, allowedOrigins: config.allowedOrigins, token: config.token },
  });
  const server = await serveHttp(app, { host: config.host, port: config.port, log });
  log('info', 'listening', { transport: 'http', url: server.url, folders: tools.roots.folders.length, token: config.token !== undefined });
  const cause = await world.stopped;
  log('info', 'stopping', { cause });
  server.stopAccepting();
  await stopRunner(tools, drainMs);
  const closed = server.close(2000);
  await sleep(settleMs);
  await mcp.close(); // ends the streams that clients hold open
  await closed;
  return cause === 'SIGINT' ? 130 : 0;
}

/** Stops the runner; gives up on a model that does not stop, since the process must end. */
async function stopRunner({ runner, log }: ToolContext, graceMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const giveUp = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log('warn', 'stop-unfinished');
      resolve();
    }, graceMs + closeMs);
  });
  await Promise.race([runner.stop(graceMs), giveUp]);
  clearTimeout(timer);
}
