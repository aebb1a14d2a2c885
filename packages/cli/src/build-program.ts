import type { Precision, PrecisionName } from '@h2ovl/core/convert';
import { Command as Commander, InvalidArgumentError, Option } from 'commander';
import type { AnswerFlags, Command, ModelFlags, OutputFlags } from './commands.ts';
import { type CommandName, helpTexts } from './help-texts.ts';
import { parsePrecisions } from './parse-precisions.ts';

export interface ProgramPorts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Called with the command that the arguments name. */
  readonly take: (command: Command) => void;
  /** Called with help and version. */
  readonly print: (text: string) => void;
}

/** Flags as commander hands them over. */
interface Flags {
  readonly model?: string;
  readonly precision?: PrecisionName;
  readonly threads?: number;
  readonly maxTiles?: number;
  readonly maxTokens?: number;
  readonly limit?: number;
  readonly int8Limit?: string;
  readonly compare?: readonly Precision[];
  readonly json?: true;
  readonly quiet?: true;
  readonly together?: true;
  readonly verify?: true;
  readonly all?: true;
}

/** All commands, their flags and help pages. Parsing throws CommanderError instead of ending the process. */
export function buildProgram({ env, version, take, print }: ProgramPorts): Commander {
  const program = new Commander('h2ovl')
    .description(helpTexts.program.description)
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({ writeOut: print, writeErr: () => {} })
    .allowExcessArguments(false)
    .exitOverride()
    .addHelpText('after', helpTexts.program.after);
  const add = (name: CommandName): Commander =>
    program.command(name).description(helpTexts[name].description).addHelpText('after', helpTexts[name].after);

  addAnswerOptions(add('read'))
    .argument('<file...>', 'images (PNG, JPEG, WebP, TIFF …); - reads one from standard input')
    .action((files: readonly string[], flags: Flags) => {
      take({ type: 'read', files, question: undefined, together: false, ...runFlags(flags, env) });
    });
  addAnswerOptions(add('ask'))
    .usage('[options] <file...> "question"')
    .argument('<file...>', 'images; the last argument is the question')
    .option('--together', 'put all images into one prompt and give one answer')
    .action((words: readonly string[], flags: Flags) => {
      const [files, question] = [words.slice(0, -1), words.at(-1) as string]; // commander asks for one at least
      const together = flags.together === true;
      take({ type: 'read', files, question, together, ...runFlags(flags, env) });
    });
  addOutputOptions(addPrecision(add('convert')))
    .argument('<checkpoint>', 'alias or folder of the original checkpoint')
    .argument('[output]', 'folder for the result (default: the cache, where the other commands find it)')
    .addOption(
      new Option('--int8-limit <number>', 'largest magnitude of 8-bit weights (default: what this CPU needs)').choices(['64', '127']),
    )
    .action((checkpoint: string, output: string | undefined, flags: Flags) => {
      const int8Limit = flags.int8Limit === undefined ? undefined : flags.int8Limit === '64' ? 64 : 127;
      take({ type: 'convert', checkpoint, output, precision: flags.precision, int8Limit, ...outputFlags(flags) });
    });
  addModels(add('models'), take);
  addOutputOptions(addModelOptions(add('info')))
    .option('--verify', 'read every file of the model and compare its SHA-256')
    .action((flags: Flags) => {
      take({ type: 'info', verify: flags.verify === true, ...outputFlags(flags), ...modelFlags(flags, env) });
    });
  addAnswerOptions(add('eval'))
    .argument('<folder>', 'folder with images and index.json')
    .option('--limit <count>', 'run only the first samples', wholeNumber)
    .action((folder: string, flags: Flags) => {
      take({ type: 'eval', folder, limit: flags.limit, ...runFlags(flags, env) });
    });
  addLimits(addOutputOptions(addModelChoice(add('quality'))))
    .argument('[folder]', 'folder with images, and with index.json to compare texts (default: pages that come with the model)')
    .option(
      '--compare <list>',
      'precisions to compare with exact: balanced, fast, or formats of vision, language and head as in float32-int4-int8 (default: balanced,fast)',
      precisionList,
    )
    .option('--limit <count>', 'take only the first pages', wholeNumber)
    .action((folder: string | undefined, flags: Flags) => {
      const compare = flags.compare ?? (['balanced', 'fast'] as const);
      take({ type: 'quality', folder, compare, limit: flags.limit, ...runFlags(flags, env) });
    });
  return program;
}

function addModels(models: Commander, take: ProgramPorts['take']): void {
  models.option('--json', 'print JSON').action((flags: Flags) => take({ type: 'list-models', ...outputFlags(flags) }));
  models
    .command('rm')
    .description('Remove converted models from the cache; they are made again when they are needed.')
    .argument('[name...]', 'names as h2ovl models lists them')
    .option('--all', 'remove every converted model')
    .action((names: readonly string[], flags: Flags) => {
      take({ type: 'remove-models', names, all: flags.all === true, ...outputFlags(flags) });
    });
}

function addAnswerOptions(command: Commander): Commander {
  return addOutputOptions(addLimits(addModelOptions(command)));
}

function addLimits(command: Commander): Commander {
  return command
    .option(
      '--max-tiles <count>',
      "tiles an image is cut into at most; fewer is faster and reads less (default: the model's own)",
      wholeNumber,
    )
    .option('--max-tokens <count>', 'tokens of one answer at most (default: 4096 to read, 1024 to ask)', wholeNumber);
}

function addModelOptions(command: Commander): Commander {
  return addPrecision(addModelChoice(command));
}

function addModelChoice(command: Commander): Commander {
  return command
    .option('--model <name>', 'nano, 0.8b, 2b or a folder (or H2OVL_MODEL; default: nano)')
    .option('--threads <count>', 'threads to compute with (default: physical cores)', wholeNumber);
}

function addPrecision(command: Commander): Commander {
  const choices: readonly PrecisionName[] = ['exact', 'balanced', 'fast'];
  return command.addOption(new Option('--precision <name>', 'how weights are stored (default: balanced)').choices(choices));
}

function addOutputOptions(command: Commander): Commander {
  return command.option('--json', 'print JSON').option('--quiet', 'no progress and no notices; warnings and errors stay');
}

function precisionList(value: string): readonly Precision[] {
  const precisions = parsePrecisions(value);
  if (precisions !== undefined) return precisions;
  throw new InvalidArgumentError('It must name balanced, fast or three formats as in float32-int4-int8, with commas between.');
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= 1_000_000) return number;
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}

function outputFlags({ json, quiet }: Flags): OutputFlags {
  return { json: json === true, quiet: quiet === true };
}

function runFlags(flags: Flags, env: ProgramPorts['env']): OutputFlags & ModelFlags & AnswerFlags {
  return { ...outputFlags(flags), ...modelFlags(flags, env), ...answerFlags(flags) };
}

function answerFlags({ maxTiles, maxTokens }: Flags): AnswerFlags {
  return { maxTiles, maxTokens };
}

function modelFlags({ model, precision, threads }: Flags, env: ProgramPorts['env']): ModelFlags {
  const chosen = model ?? (env.H2OVL_MODEL || undefined);
  return { model: chosen ?? 'nano', isDefaultModel: chosen === undefined, precision, threads };
}
