import type { ConvertedModel } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import { addOutputFlags, type OutputFlags, outputFlags, type RawOutputFlags } from '../flags/output-flags.ts';
import { formatSize } from '../terminal/format-size.ts';
import { formatTable } from '../terminal/format-table.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';

interface RemoveModelsRequest extends OutputFlags {
  /** Names of cache folders; empty with `all`. */
  readonly names: readonly string[];
  readonly all: boolean;
}

export const modelsCommand: CommandModule = {
  name: 'models',
  description: 'List the converted models in the cache, or remove them.',
  notes: (h2ovl) => `
Examples:
  ${h2ovl} models
  ${h2ovl} models rm --all`,

  define: (command, { h2ovl, run }) => {
    addOutputFlags(command).action((flags: RawOutputFlags) => run(invoke('models', outputFlags(flags), listModels)));
    addOutputFlags(command.command('rm'))
      .description('Remove converted models from the cache; they are made again when they are needed.')
      .argument('[name...]', `names as ${h2ovl} models lists them`)
      .option('--all', 'remove every converted model')
      .action((names: readonly string[], flags: RawOutputFlags & { readonly all?: true }) => {
        const all = flags.all === true;
        if (all === names.length > 0) {
          throw new UsageError(`Name the models to remove, as ${h2ovl} models lists them, or give --all; not both.`);
        }
        run(invoke('models rm', { names, all, ...outputFlags(flags) }, removeModels));
      });
  },
};

/** `models`: what the cache holds. */
async function listModels(request: OutputFlags, { library, output }: CommandContext): Promise<number> {
  const models = (await library.listConverted()).map(describeModel);
  const totalBytes = models.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const directory = library.cacheDirectory();
  await output.write(request.json ? `${JSON.stringify({ directory, totalBytes, models })}\n` : describeAll(models, directory, totalBytes));
  return 0;
}

/** `models rm`: frees the disk. */
async function removeModels(request: RemoveModelsRequest, { library, output, signal }: CommandContext): Promise<number> {
  let freedBytes = 0;
  for (const name of request.all ? [undefined] : request.names) {
    signal.throwIfAborted();
    freedBytes += await library.removeConverted(name);
  }
  await output.write(request.json ? `${JSON.stringify({ freedBytes })}\n` : `${formatSize(freedBytes)} freed.\n`);
  return 0;
}

interface ModelRow {
  readonly name: string;
  /** Null when the folder cannot be used. */
  readonly precision: string | null;
  readonly sizeBytes: number;
  /** Name of the checkpoint's folder. */
  readonly source: string | null;
  readonly directory: string;
}

function describeModel({ name, manifest, sizeBytes, directory }: ConvertedModel): ModelRow {
  return { name, precision: manifest?.precision.name ?? null, sizeBytes, source: manifest?.source.name ?? null, directory };
}

function describeAll(models: readonly ModelRow[], directory: string, totalBytes: number): string {
  if (models.length === 0) return `The cache is empty (${directory}). Models are put there when they are first used.\n`;
  const rows = models.map(({ name, precision, sizeBytes, source, directory: path }) => [
    name,
    precision ?? 'unusable',
    formatSize(sizeBytes),
    source ?? '-',
    path,
  ]);
  return `${formatTable([['NAME', 'PRECISION', 'SIZE', 'SOURCE', 'PATH'], ...rows])}Total: ${formatSize(totalBytes)}\n`;
}
