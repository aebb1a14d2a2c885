import { maxSentenceChars, shortenSentence } from '@h2ovl/contract';
import type { CommandContext } from './command-context.ts';
import type { CoreLibrary } from './core-library.ts';
import { type LogFlags, readLogFlags } from './flags/log-flags.ts';
import { packageVersion } from './package-version.ts';
import { parseArguments } from './parse-arguments.ts';
import { StopRequest } from './stop-request.ts';
import { ResultOutput } from './terminal/result-output.ts';
import { StatusLine } from './terminal/status-line.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

/** Runs the command line; resolves to the exit code: 0 done, 1 failed, 2 wrong usage, 130 (143, 129) when stopped by a signal. Never rejects. */
export async function runCli(world: World, library: CoreLibrary): Promise<number> {
  const { args, env } = world;
  let log: LogFlags = { level: 'info', isJson: false };
  let fault: unknown;
  try {
    log = readLogFlags(args, env);
  } catch (error) {
    fault = error;
  }
  const context: CommandContext = {
    world,
    library,
    output: new ResultOutput(world.stdout),
    status: new StatusLine(world.stderr, { ...log, h2ovl: world.h2ovl }),
    signal: world.stopSignal,
  };
  try {
    if (fault !== undefined) throw fault;
    // Before anything else, so that no command can forget it.
    if (args.includes('--offline')) library.forbidNetwork();
    return await runArguments(context);
  } catch (error) {
    return reportFailure(error, context);
  } finally {
    context.status.clear();
  }
}

async function runArguments(context: CommandContext): Promise<number> {
  const { args, env, h2ovl } = context.world;
  const parsed = parseArguments(args, { env, h2ovl, version: packageVersion() });
  if (parsed.type === 'run') return await parsed.invocation.start(context);
  if (parsed.exitCode === 0) await context.output.write(parsed.text);
  else context.status.write(parsed.text);
  return parsed.exitCode;
}

function reportFailure(error: unknown, { status }: CommandContext): number {
  if (error instanceof StopRequest) return error.exitCode;
  if (error instanceof UsageError) {
    status.refuse(`h2ovl: ${shortenSentence(error.message, maxSentenceChars)}`);
    return 2;
  }
  status.fail(error);
  return 1;
}
