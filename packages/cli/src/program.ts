import { Command as Commander } from 'commander';
import type { Surroundings } from './commands/command.ts';
import { commands } from './commands/index.ts';

export interface ProgramOptions extends Surroundings {
  readonly version: string;
  /** Called with help and version. */
  readonly print: (text: string) => void;
}

/** All commands, their flags and help pages. Parsing throws CommanderError or UsageError instead of ending the process. */
export function buildProgram({ version, print, ...surroundings }: ProgramOptions): Commander {
  const { h2ovl } = surroundings;
  const program = new Commander(h2ovl)
    .description('Reads documents with the H2OVL-Mississippi vision-language models, on this machine: no page leaves it.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({ writeOut: print, writeErr: () => {} })
    .allowExcessArguments(false)
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText('after', notes(h2ovl));
  for (const module of commands) {
    const command = program.command(module.name).description(module.description).addHelpText('after', module.notes(h2ovl));
    module.define(command, surroundings);
  }
  return program;
}

const notes = (h2ovl: string): string => `
Examples:
  ${h2ovl} pull 0.8b
  ${h2ovl} read invoice.png
  ${h2ovl} read report.pdf --pages 1-3
  ${h2ovl} read scans --recursive --json > texts.jsonl
  ${h2ovl} ask invoice.png "What is the total?"

Results go to standard output, everything else to standard error.
Exit codes: 0 done, 1 something failed, 2 wrong usage, 130 stopped by Ctrl-C.
Environment: H2OVL_MODEL (model), H2OVL_DEVICE (as --device), H2OVL_HOME (folder of models), H2OVL_OFFLINE=1 (no network at all), H2OVL_PASSWORD (of encrypted PDFs), H2OVL_LOG_LEVEL (as --log-level; debug shows where an error comes from).
${h2ovl} COMMAND --help tells more.`;
