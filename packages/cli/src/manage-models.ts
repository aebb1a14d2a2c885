import type { ConvertedModel } from '@h2ovl/core';
import type { ListModelsCommand, RemoveModelsCommand } from './commands.ts';
import { formatSize } from './format-size.ts';
import { formatTable } from './format-table.ts';
import type { Session } from './session.ts';

/** `models`: what the cache holds. */
export async function listModels(command: ListModelsCommand, { engine, output }: Session): Promise<number> {
  const models = (await engine.listConverted()).map(describeModel);
  const totalBytes = models.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const directory = engine.cacheDirectory();
  await output.write(command.json ? `${JSON.stringify({ directory, totalBytes, models })}\n` : describeAll(models, directory, totalBytes));
  return 0;
}

/** `models rm`: frees the disk. */
export async function removeModels(command: RemoveModelsCommand, { engine, output, signal }: Session): Promise<number> {
  let freedBytes = 0;
  for (const name of command.all ? [undefined] : command.names) {
    signal.throwIfAborted();
    freedBytes += await engine.removeConverted(name);
  }
  await output.write(`${formatSize(freedBytes)} freed.\n`);
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
