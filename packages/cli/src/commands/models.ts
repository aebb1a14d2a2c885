import { createHash } from 'node:crypto';
import type { ConvertedModel, PulledModelInfo } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import { wholeNumber } from '../flags/numbers.ts';
import { addOutputFlags, type OutputFlags, outputFlags, type RawOutputFlags } from '../flags/output-flags.ts';
import { formatSize } from '../terminal/format-size.ts';
import { formatTable } from '../terminal/format-table.ts';
import { UsageError } from '../usage-error.ts';
import { type CommandModule, invoke } from './command.ts';
import { bundle, prune, removeModels, verify } from './models-care.ts';

interface RawRemoveFlags extends RawOutputFlags {
  readonly all?: true;
  readonly originals?: true;
}

export const modelsCommand: CommandModule = {
  name: 'models',
  description: 'List the models on this machine; remove, check, clean up, or pack one for a machine without a network.',
  notes: (h2ovl) => `
A model is here in up to two forms: the original files, as they were pulled, and what was converted from them, one folder for each precision.

Examples:
  ${h2ovl} models
  ${h2ovl} models verify
  ${h2ovl} models bundle 2b ./h2ovl-2b.tar
  ${h2ovl} models rm --all`,

  define: (command, { h2ovl, run }) => {
    const list = (flags: RawOutputFlags): void => run(invoke('models', outputFlags(flags), listModels));
    addOutputFlags(command).action(list);
    addOutputFlags(command.command('list')).description('List the models on this machine.').action(list);
    addOutputFlags(command.command('rm'))
      .description('Remove models. Converted ones are made again when they are needed; pulled ones have to be downloaded again.')
      .argument('[name...]', `names as ${h2ovl} models lists them`)
      .option('--all', 'remove every converted model')
      .option('--originals', 'of pulled models, remove the original weights only: what was converted from them goes on running')
      .action((names: readonly string[], flags: RawRemoveFlags) => {
        const [all, originals] = [flags.all === true, flags.originals === true];
        if (all === names.length > 0) {
          throw new UsageError(`Name the models to remove, as ${h2ovl} models lists them, or give --all; not both.`);
        }
        if (all && originals) throw new UsageError('Name the models whose original weights are removed.');
        run(invoke('models rm', { names, all, originals, ...outputFlags(flags) }, removeModels));
      });
    addOutputFlags(command.command('verify'))
      .description('Read every file and compare its SHA-256. What is damaged is put aside and refused. Exit code 1 when something is.')
      .argument('[name...]', 'models to check (default: all)')
      .action((names: readonly string[], flags: RawOutputFlags) => {
        run(invoke('models verify', { names, ...outputFlags(flags) }, verify));
      });
    addOutputFlags(command.command('prune'))
      .description('Remove what nothing needs: quarantined files, downloads that were given up, conversions that cannot be used.')
      .option('--dry-run', 'list it and remove nothing')
      .option('--unused-days <count>', 'also converted models that were not used for so many days', wholeNumber)
      .action((flags: RawOutputFlags & { readonly dryRun?: true; readonly unusedDays?: number }) => {
        run(invoke('models prune', { isDryRun: flags.dryRun === true, unusedDays: flags.unusedDays, ...outputFlags(flags) }, prune));
      });
    addOutputFlags(command.command('bundle'))
      .description(`Pack the original files of a model into one file; ${h2ovl} pull FILE takes it in on another machine.`)
      .argument('<model>', 'alias, repository or folder')
      .argument('<file>', 'the bundle to write, as in model.tar')
      .action((model: string, file: string, flags: RawOutputFlags) => {
        run(invoke('models bundle', { model, file, ...outputFlags(flags) }, bundle));
      });
  },
};

/** `models`: what is on this machine. */
async function listModels(request: OutputFlags, { library, output, world }: CommandContext): Promise<number> {
  const pulled = await library.listPulled();
  const models = (await library.listConverted()).map(describeModel);
  const totalBytes = [...pulled, ...models].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const directory = library.cacheDirectory();
  const all: Listing = { directory, totalBytes, pulled, models };
  await output.write(request.json ? `${JSON.stringify(all)}\n` : describeAll(all, world.h2ovl));
  return 0;
}

interface ModelRow {
  readonly name: string;
  /** Null when the folder cannot be used. */
  readonly precision: string | null;
  readonly sizeBytes: number;
  /** Name of the checkpoint's folder. */
  readonly source: string | null;
  /** The same for conversions of the same files, wherever they lay; hexadecimal. */
  readonly checkpoint: string | null;
  readonly lastUsedAt: string;
  readonly directory: string;
}

interface Listing {
  readonly directory: string;
  readonly totalBytes: number;
  readonly pulled: readonly PulledModelInfo[];
  readonly models: readonly ModelRow[];
}

function describeModel({ name, manifest, sizeBytes, directory, lastUsedAt }: ConvertedModel): ModelRow {
  return {
    name,
    precision: manifest?.precision.name ?? null,
    sizeBytes,
    source: manifest?.source.name ?? null,
    checkpoint: manifest === undefined ? null : identify(manifest.source.files),
    lastUsedAt,
    directory,
  };
}

/** One entry for each checkpoint and precision: a copy of the same files elsewhere has a folder of its own, whose line leaves out what it shares. */
function describeRow({ name, precision, sizeBytes, source, lastUsedAt, directory }: ModelRow, isFurther: boolean): readonly string[] {
  const [form, origin] = isFurther ? ['', ''] : [precision ?? 'unusable', source ?? '-'];
  return [name, form, formatSize(sizeBytes), origin, lastUsedAt.slice(0, 10), directory];
}

/** Lists of those with the same key, in the order of their first. */
function groupBy<T>(values: readonly T[], keyOf: (value: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value]);
  return [...groups.values()];
}

/** What a checkpoint is known by: the digests of its files, whatever folder they were in. */
function identify(files: Readonly<Record<string, { readonly sha256: string }>>): string {
  const lines = Object.entries(files).map(([name, { sha256 }]) => `${name} ${sha256}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('hex').slice(0, 12);
}

function describeAll({ directory, totalBytes, pulled, models }: Listing, h2ovl: string): string {
  if (pulled.length + models.length === 0) {
    return `There are no models yet in ${directory}. Get one with: ${h2ovl} pull 0.8b\n`;
  }
  const originals = pulled.map(({ name, sizeBytes, revision, hasWeights, directory: path }) => [
    name,
    hasWeights ? 'original' : 'without weights',
    formatSize(sizeBytes),
    revision?.slice(0, 12) ?? 'unknown revision',
    '-',
    path,
  ]);
  const converted = groupBy(models, ({ checkpoint, precision, name }) =>
    checkpoint === null ? name : `${checkpoint} ${precision}`,
  ).flatMap((group) => group.map((model, index) => describeRow(model, index > 0)));
  const table = formatTable([['NAME', 'FORM', 'SIZE', 'ORIGIN', 'LAST USED', 'PATH'], ...originals, ...converted]);
  return `${table}Total: ${formatSize(totalBytes)}\n`;
}
