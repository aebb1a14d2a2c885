import { onAbort } from '@h2ovl/contract';
import type { Command as Commander } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { StopRequest } from '../stop-request.ts';
import { invoke, type Surroundings } from './command.ts';

export interface ServerCommandOptions extends Pick<Surroundings, 'run'> {
  /** The words that start it, for its help page and messages. */
  readonly name: string;
  /** Undefined: the arguments decide. */
  readonly transport?: 'http';
}

interface ServerRequest extends Omit<ServerCommandOptions, 'run'> {
  readonly args: readonly string[];
}

/** A command that hands everything after its name to the server package, which knows its own flags and its own help page. */
export function defineServerCommand(command: Commander, { run, ...start }: ServerCommandOptions): void {
  command
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .usage('[options]')
    .argument('[options...]')
    .action((args: readonly string[]) => run(invoke(command.name(), { ...start, args }, serve)));
}

/** Runs the server until it is stopped. The package is loaded here and not before: nothing else needs it. */
async function serve({ args, ...start }: ServerRequest, { world, signal }: CommandContext): Promise<number> {
  const { coreEngine, keepStdoutClean, runServer } = await import('@h2ovl/mcp-server');
  keepStdoutClean(world.stderr);
  const { env, stdin, stdout, stderr } = world;
  const exitCode = await runServer({ ...start, args, env, stdin, stdout, stderr, stopped: whenStopped(signal) }, coreEngine);
  world.exit(exitCode); // standard input may still be open, and a model that does not stop must not keep the process
  return exitCode;
}

async function whenStopped(signal: AbortSignal): Promise<'SIGINT' | 'SIGTERM'> {
  if (!signal.aborted) await new Promise((resolve) => onAbort(signal, () => resolve(undefined)));
  return signal.reason instanceof StopRequest && signal.reason.exitCode === 130 ? 'SIGINT' : 'SIGTERM';
}
