import { statSync } from 'node:fs';
import { CommanderError } from 'commander';
import { buildProgram } from './build-program.ts';
import type { Command } from './commands.ts';
import { commandNames } from './help-texts.ts';
import { UsageError } from './usage-error.ts';

/** What the arguments ask for. */
export type ParsedArguments =
  | { readonly type: 'run'; readonly command: Command }
  /** Help or version. */
  | { readonly type: 'print'; readonly text: string; readonly exitCode: 0 | 2 };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads arguments and environment; nothing is looked up on the disk, except whether a question is in truth a file.
 * @throws UsageError
 */
export function parseArguments(args: readonly string[], env: Environment, version: string): ParsedArguments {
  let printed = '';
  let command: Command | undefined;
  const program = buildProgram({
    env,
    version,
    take: (taken) => {
      command = taken;
    },
    print: (text) => {
      printed += text;
    },
  });
  if (args.length === 0) {
    program.outputHelp();
    return { type: 'print', text: printed, exitCode: 2 };
  }
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { type: 'print', text: printed, exitCode: 0 };
    throw toUsageError(error, args);
  }
  if (command === undefined) throw new Error('The arguments named no command.'); // commander runs an action or throws
  checkCommand(command);
  return { type: 'run', command };
}

/** One sentence and the nearest right spelling, from commander's two lines. */
function toUsageError(error: CommanderError, args: readonly string[]): UsageError {
  const [first = '', second = ''] = error.message.replace(/^error: /, '').split('\n');
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/\.?$/, '.');
  const suggestion = /Did you mean (?:one of )?(.+?)\?/.exec(second)?.[1];
  if (suggestion !== undefined) return new UsageError(`${sentence} Did you mean ${suggestion}?`);
  const name = commandNames.find((candidate) => candidate === args[0]);
  const isMisplaced = name === undefined && error.code === 'commander.unknownOption';
  if (isMisplaced) return new UsageError(`${sentence} Options follow the command, as in: h2ovl read page.png --json`);
  return new UsageError(`${sentence} See: h2ovl ${name === undefined ? '' : `${name} `}--help`);
}

function checkCommand(command: Command): void {
  if (command.type === 'remove-models' && command.all === command.names.length > 0) {
    throw new UsageError('Name the models to remove, as h2ovl models lists them, or give --all; not both.');
  }
  if (command.type !== 'read') return;
  if (command.files.filter((file) => file === '-').length > 1) throw new UsageError('Standard input (-) can be read only once.');
  const { question } = command;
  if (question !== undefined && command.files.length === 0) {
    throw new UsageError('ask needs at least one file and then the question, as in: h2ovl ask page.png "What is the total?"');
  }
  if (question !== undefined && (question.trim() === '' || isFile(question))) {
    const what = question.trim() === '' ? 'empty' : `the file ${question}`;
    throw new UsageError(`The last argument of ask is the question, but it is ${what}.`);
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // a sentence with a question mark in it, as a rule
  }
}
