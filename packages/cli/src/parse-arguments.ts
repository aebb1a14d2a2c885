import { type Command as Commander, CommanderError } from 'commander';
import type { Invocation } from './commands/command.ts';
import { commands } from './commands/index.ts';
import { isFile } from './is-file.ts';
import { buildProgram } from './program.ts';
import { UsageError } from './usage-error.ts';

/** What the arguments ask for. */
export type ParsedArguments =
  | { readonly type: 'run'; readonly invocation: Invocation }
  /** Help or version. */
  | { readonly type: 'print'; readonly text: string; readonly exitCode: 0 | 2 };

export interface ParseOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The way in which the program was started. */
  readonly h2ovl: string;
  readonly version: string;
}

/**
 * Reads arguments and environment; nothing is looked up on the disk, except whether a word is in truth a file.
 * @throws UsageError
 */
export function parseArguments(args: readonly string[], { env, h2ovl, version }: ParseOptions): ParsedArguments {
  let printed = '';
  let invocation: Invocation | undefined;
  const program = buildProgram({
    env,
    h2ovl,
    version,
    run: (asked) => {
      invocation = asked;
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
    program.parse(nameDashFiles(readVersionFlag(args), program), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { type: 'print', text: printed, exitCode: 0 };
    throw toUsageError(error, args, h2ovl);
  }
  if (invocation === undefined) throw new Error('The arguments named no command.'); // commander runs an action or throws
  return { type: 'run', invocation };
}

/** `-V` is asked as often as `-v`; commander takes one of them. */
function readVersionFlag(args: readonly string[]): readonly string[] {
  return args[0] === '-V' ? ['-v', ...args.slice(1)] : args;
}

/** A word that begins with a dash, is no flag of the command and names a file is that file: `*.png` may bring it. */
function nameDashFiles(args: readonly string[], program: Commander): readonly string[] {
  const command = program.commands.find((candidate) => candidate.name() === args[0]);
  if (command === undefined) return args;
  const end = args.indexOf('--');
  const isFlag = (word: string): boolean =>
    command.options.some(({ long, short }) => word === short || word.split('=', 1)[0] === long) || word === '-h' || word === '--help';
  return args.map((word, index) => {
    const isOption = index > 0 && (end < 0 || index < end) && word.startsWith('-') && word !== '-' && !isFlag(word);
    return isOption && isFile(word) ? `./${word}` : word;
  });
}

/** One sentence and the nearest right spelling, from commander's two lines. */
function toUsageError(error: CommanderError, args: readonly string[], h2ovl: string): UsageError {
  const [first = '', second = ''] = error.message.replace(/^error: /, '').split('\n');
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/\.?$/, '.');
  const suggestion = /Did you mean (?:one of )?(.+?)\?/.exec(second)?.[1];
  if (suggestion !== undefined) return new UsageError(`${sentence} Did you mean ${suggestion}?`);
  const name = commands.find((command) => command.name === args[0])?.name;
  const isMisplaced = name === undefined && error.code === 'commander.unknownOption';
  if (isMisplaced) return new UsageError(`${sentence} Options follow the command, as in: ${h2ovl} read page.png --json`);
  const see = `See: ${h2ovl} ${name === undefined ? '' : `${name} `}--help`;
  const takesFiles = name === 'read' || name === 'ask' || name === 'extract';
  if (!takesFiles || error.code !== 'commander.unknownOption') return new UsageError(`${sentence} ${see}`);
  const word = /'(.+)'/.exec(sentence)?.[1] ?? '-page.png';
  return new UsageError(`${sentence} ${see}\n  A file whose name begins with a dash stands behind --, as in: ${h2ovl} ${name} -- ${word}`);
}
