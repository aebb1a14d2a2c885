import type { Command } from './commands.ts';
import { convertModel } from './convert-model.ts';
import type { Engine } from './engine.ts';
import { evalFolder } from './eval-folder.ts';
import { listModels, removeModels } from './manage-models.ts';
import { measureModelQuality } from './measure-quality.ts';
import { packageVersion } from './package-version.ts';
import { parseArguments } from './parse-arguments.ts';
import { readFiles } from './read-files.ts';
import { ResultOutput } from './result-output.ts';
import type { Session } from './session.ts';
import { showInfo } from './show-info.ts';
import { StatusLine } from './status-line.ts';
import { StopRequest } from './stop-request.ts';
import { UsageError } from './usage-error.ts';
import type { World } from './world.ts';

/** Runs the command line; resolves to the exit code: 0 done, 1 failed, 2 wrong usage, 130 (143, 129) when stopped by a signal. Never rejects. */
export async function runCli(world: World, engine: Engine): Promise<number> {
  const { args, env } = world;
  const session: Session = {
    world,
    engine,
    output: new ResultOutput(world.stdout),
    status: new StatusLine(world.stderr, { isQuiet: args.includes('--quiet'), hasTraces: env.H2OVL_LOG_LEVEL === 'debug' }),
    signal: world.stopSignal,
  };
  try {
    return await runArguments(session);
  } catch (error) {
    return reportFailure(error, session);
  } finally {
    session.status.clear();
  }
}

async function runArguments(session: Session): Promise<number> {
  const { args, env } = session.world;
  const parsed = parseArguments(args, env, packageVersion());
  if (parsed.type === 'run') return await runCommand(parsed.command, session);
  if (parsed.exitCode === 0) await session.output.write(parsed.text);
  else session.status.write(parsed.text);
  return parsed.exitCode;
}

function runCommand(command: Command, session: Session): Promise<number> {
  switch (command.type) {
    case 'read':
      return readFiles(command, session);
    case 'convert':
      return convertModel(command, session);
    case 'list-models':
      return listModels(command, session);
    case 'remove-models':
      return removeModels(command, session);
    case 'info':
      return showInfo(command, session);
    case 'eval':
      return evalFolder(command, session);
    case 'quality':
      return measureModelQuality(command, session);
  }
}

function reportFailure(error: unknown, { status }: Session): number {
  if (error instanceof StopRequest) return error.exitCode;
  if (error instanceof UsageError) {
    status.warn(`h2ovl: ${error.message}`);
    return 2;
  }
  status.fail(error);
  return 1;
}
