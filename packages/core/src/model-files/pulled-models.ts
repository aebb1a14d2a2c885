import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { cacheDirectory } from '../store/cache-directory.ts';
import { removePath } from '../store/remove-path.ts';
import { catalogue, modelFolderName } from './catalogue.ts';
import { originFileName, readOrigin } from './origin-record.ts';

/** A model whose original files are in the home folder. */
export interface PulledModelInfo {
  /** What to load it by: an alias, a repository, or the folder's name. */
  readonly name: string;
  /** Absolute path. */
  readonly directory: string;
  /** Bytes on disk. */
  readonly sizeBytes: number;
  /** Null for files of unknown origin. */
  readonly repository: string | null;
  /** Commit of the repository. */
  readonly revision: string | null;
  readonly licence: string | null;
  /** ISO 8601; null for files that were put there by hand. */
  readonly pulledAt: string | null;
  /** Whether the weights are there: without them, only what was converted before runs. */
  readonly hasWeights: boolean;
}

const modelsFolder = (home: string): string => join(home, 'models');

/** The models that were pulled, or put into the home folder by hand, by name. */
export async function listPulled(home: string = cacheDirectory()): Promise<PulledModelInfo[]> {
  const models: PulledModelInfo[] = [];
  for (const entry of await readdir(modelsFolder(home), { withFileTypes: true }).catch(() => [])) {
    const directory = join(modelsFolder(home), entry.name);
    if ((await stat(join(directory, 'config.json')).catch(() => undefined)) === undefined) continue;
    models.push(await describeModel(directory, entry.name));
  }
  return models.sort((a, b) => a.name.localeCompare(b.name));
}

/** A pulled model by any of its names; undefined when there is none. */
export async function findPulled(name: string, home: string = cacheDirectory()): Promise<PulledModelInfo | undefined> {
  const lower = name.toLowerCase();
  const models = await listPulled(home);
  return models.find((model) =>
    [model.name, model.repository, modelFolderName(model.repository ?? '')].some((own) => own?.toLowerCase() === lower),
  );
}

/** What removing original weights frees, and what it costs. */
export interface RemovedOriginals {
  readonly freedBytes: number;
  /** Bytes that have to be fetched again before another precision or device can be made. */
  readonly toFetchAgainBytes: number;
}

/**
 * Removes the original weights of a model. Its small files and its record stay, so that what was converted from them goes on running; other precisions need the
 * weights again.
 * @throws VisionError MODEL_NOT_FOUND
 */
export async function removeOriginals(name: string, home: string = cacheDirectory()): Promise<RemovedOriginals> {
  const model = await requirePulled(name, home);
  const weights = (await readdir(model.directory)).filter((file) => file.endsWith('.safetensors'));
  let freedBytes = 0;
  for (const file of weights) {
    const path = join(model.directory, file);
    freedBytes += (await stat(path)).size;
    await removePath(path);
  }
  const origin = await readOrigin(model.directory);
  const recorded = Object.entries(origin?.files ?? {}).filter(([file]) => file.endsWith('.safetensors'));
  return { freedBytes, toFetchAgainBytes: recorded.reduce((sum, [, { size }]) => sum + size, 0) || freedBytes };
}

/** Removes all files of a pulled model. What was converted from it is removed by its own name. Returns the bytes freed. @throws VisionError MODEL_NOT_FOUND */
export async function removePulled(name: string, home: string = cacheDirectory()): Promise<number> {
  const { directory, sizeBytes } = await requirePulled(name, home);
  // The configuration goes first: a removal that is interrupted leaves nothing that looks like a model.
  await removePath(join(directory, 'config.json'));
  await removePath(directory);
  return sizeBytes;
}

async function requirePulled(name: string, home: string): Promise<PulledModelInfo> {
  const model = await findPulled(name, home);
  if (model) return model;
  const known = (await listPulled(home)).map((one) => one.name);
  throw new VisionError('MODEL_NOT_FOUND', `No model ${name} was pulled.`, {
    hint: known.length === 0 ? 'The home folder holds no pulled models.' : `It holds ${known.join(', ')}.`,
  });
}

async function describeModel(directory: string, folder: string): Promise<PulledModelInfo> {
  const origin = await readOrigin(directory);
  const repository = origin?.repository ?? catalogue.find((entry) => modelFolderName(entry.repository) === folder)?.repository ?? null;
  const names = (await readdir(directory)).filter((name) => name !== originFileName);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(directory, name)).catch(() => undefined))?.size ?? 0));
  return {
    name: catalogue.find((entry) => entry.repository === repository)?.alias ?? repository ?? folder,
    directory,
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
    repository,
    revision: origin?.revision ?? null,
    licence: origin?.licence ?? null,
    pulledAt: origin?.pulledAt ?? null,
    hasWeights: names.some((name) => name.endsWith('.safetensors')),
  };
}
