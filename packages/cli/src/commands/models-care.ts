import { VisionError } from '@h2ovl/contract';
import type { VerifiedModel } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import type { OutputFlags } from '../flags/output-flags.ts';
import { given } from '../given.ts';
import { formatSize } from '../terminal/format-size.ts';
import { formatTable } from '../terminal/format-table.ts';
import { createPullReporter } from '../terminal/pull-labels.ts';

export interface RemoveModelsRequest extends OutputFlags {
  /** Names of models; empty with `all`. */
  readonly names: readonly string[];
  /** Every converted model. */
  readonly all: boolean;
  /** The original weights alone. */
  readonly originals: boolean;
}

/** `models rm`: frees the disk. */
export async function removeModels(request: RemoveModelsRequest, context: CommandContext): Promise<number> {
  const { library, output, signal, status } = context;
  const pulled = new Set(
    (await library.listPulled()).flatMap(({ name, repository }) => [name, ...(repository === null ? [] : [repository])]),
  );
  const converted = (await library.listConverted()).map(({ name }) => name);
  // All of them first: one that is misspelt shall not leave the rest half done.
  const unknown = request.names.filter((name) => !pulled.has(name) && (request.originals || !converted.includes(name)));
  if (unknown.length > 0) {
    const known = [...pulled, ...(request.originals ? [] : converted)];
    const hint = known.length === 0 ? 'There are none.' : `There are ${known.join(', ')}.`;
    throw new VisionError(
      'MODEL_NOT_FOUND',
      `No model ${unknown.join(', ')} was ${request.originals ? 'pulled' : 'pulled or converted'} here.`,
      { hint },
    );
  }
  let freedBytes = 0;
  for (const name of request.all ? [undefined] : request.names) {
    signal.throwIfAborted();
    if (name !== undefined && request.originals) {
      const removed = await library.removeOriginals(name);
      freedBytes += removed.freedBytes;
      const size = formatSize(removed.toFetchAgainBytes);
      status.notify(`${name}: what was converted goes on running. Another precision or device needs a download of ${size} again.`);
    } else if (name !== undefined && pulled.has(name)) freedBytes += await library.removePulled(name);
    else freedBytes += await library.removeConverted(name);
  }
  await output.write(request.json ? `${JSON.stringify({ freedBytes })}\n` : `${formatSize(freedBytes)} freed.\n`);
  return 0;
}

/** `models verify`: reads everything. */
export async function verify(request: OutputFlags & { readonly names: readonly string[] }, context: CommandContext): Promise<number> {
  const { library, output, signal, status } = context;
  const models = await library.verifyStore(request.names, { signal, onProgress: createPullReporter(status) });
  status.clear();
  const isDamaged = models.some(({ damaged }) => damaged.length > 0);
  await output.write(request.json ? `${JSON.stringify({ models })}\n` : describeVerified(models));
  return isDamaged ? 1 : 0;
}

function describeVerified(models: readonly VerifiedModel[]): string {
  if (models.length === 0) return 'There are no models to check.\n';
  const rows = models.map(({ name, files, bytes, isRecorded, damaged }) => [
    name,
    !isRecorded ? 'nothing to compare with' : damaged.length === 0 ? 'as recorded' : 'DAMAGED',
    isRecorded ? `${files} files, ${formatSize(bytes)}` : '-',
  ]);
  const details = models.flatMap(({ type, damaged }) =>
    damaged.map(({ file, reason, quarantinedAs }) => {
      const next = type === 'pulled' ? 'pull the model again, which fetches only this file' : 'it is made again at its next use';
      return `${file}: ${reason}.${quarantinedAs === null ? '' : ` Put aside as ${quarantinedAs}.`} Next: ${next}.`;
    }),
  );
  return `${formatTable([['NAME', 'STATE', 'READ'], ...rows])}${details.map((line) => `${line}\n`).join('')}`;
}

export interface PruneRequest extends OutputFlags {
  readonly isDryRun: boolean;
  readonly unusedDays: number | undefined;
}

/** `models prune`: removes what nothing needs. */
export async function prune({ isDryRun, unusedDays, json }: PruneRequest, { library, output }: CommandContext): Promise<number> {
  const items = await library.pruneStore({ dryRun: isDryRun, ...given({ unusedDays }) });
  const totalBytes = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const lines = items.map(({ path, sizeBytes, reason }) => `${path} (${formatSize(sizeBytes)}): ${reason}\n`).join('');
  const sum = isDryRun ? `${formatSize(totalBytes)} would be freed.\n` : `${formatSize(totalBytes)} freed.\n`;
  await output.write(json ? `${JSON.stringify({ items, [isDryRun ? 'toFreeBytes' : 'freedBytes']: totalBytes })}\n` : `${lines}${sum}`);
  return 0;
}

export interface BundleRequest extends OutputFlags {
  readonly model: string;
  readonly file: string;
}

/** `models bundle`: one file for a machine without a network. */
export async function bundle({ model, file, json }: BundleRequest, context: CommandContext): Promise<number> {
  const { library, output, signal, status, world } = context;
  const made = await library.bundleModel(model, file, { signal, onProgress: createPullReporter(status) });
  status.clear();
  const text = `${made.path} (${formatSize(made.sizeBytes)})\nSHA-256 ${made.sha256}\nOn the other machine: ${world.h2ovl} pull ${file}\n`;
  await output.write(json ? `${JSON.stringify(made)}\n` : text);
  return 0;
}
