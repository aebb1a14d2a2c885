import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VisionError } from '@h2ovl/contract';
import { cacheDirectory } from '../store/cache-directory.ts';
import { ownRequire } from '../store/own-files.ts';
import { isRepositoryName, modelAliases, modelFolderName } from './catalogue.ts';
import { manifestFileName } from './manifest.ts';

/** A model that was found: an original checkpoint, which has to be converted, or a folder that `convert` wrote. */
export interface LocatedModel {
  readonly type: 'checkpoint' | 'converted';
  /** The alias, or the folder's name. */
  readonly name: string;
  /** Absolute path. */
  readonly directory: string;
}

/**
 * Finds a model by alias (`nano`, `0.8b`, `2b`), folder, `file:` URL, or the repository or name of a model that was pulled. Nothing is downloaded.
 * @throws VisionError MODEL_NOT_FOUND, INVALID_ARGUMENT (a URL that is not `file:`)
 */
export async function locateModel(source: string | URL, home: string = cacheDirectory()): Promise<LocatedModel> {
  const path = toPath(source);
  const alias = findAlias(path);
  if (alias === 'nano') return inspectFolder(nanoDirectory(), alias);
  if (alias !== undefined) return locatePulled(modelAliases[alias], alias, home);
  const isThere = await exists(resolve(path));
  if (!isThere && isRepositoryName(path)) return locateRepository(path, home);
  const named = join(home, 'models', path);
  if (!isThere && /^\w[\w.-]*$/.test(path) && (await exists(named))) return inspectFolder(named, path);
  return inspectFolder(resolve(path), basename(resolve(path)));
}

async function locatePulled(repository: string, name: string, home: string): Promise<LocatedModel> {
  const directory = join(home, 'models', modelFolderName(repository));
  if (await exists(directory)) return inspectFolder(directory, name);
  throw new VisionError('MODEL_NOT_FOUND', `The model ${name} is not on this machine: there is no ${directory}.`, {
    hint: `Get it once: pullModel('${name}')`,
  });
}

async function locateRepository(name: string, home: string): Promise<LocatedModel> {
  const directory = join(home, 'models', modelFolderName(name));
  if (await exists(directory)) return inspectFolder(directory, name);
  throw new VisionError('MODEL_NOT_FOUND', `There is neither a folder ${resolve(name)} nor a model ${name} that was pulled.`, {
    hint: `Check the path. A repository of the hub comes here once: pullModel('${name}')`,
  });
}

function toPath(source: string | URL): string {
  if (typeof source === 'string' && !source.startsWith('file:')) {
    if (source.trim() !== '') return source;
    throw new VisionError('INVALID_ARGUMENT', 'The model name is empty.', { hint: 'Pass nano, 0.8b, 2b or a folder.' });
  }
  try {
    return fileURLToPath(source);
  } catch (cause) {
    throw new VisionError('INVALID_ARGUMENT', `${String(source)} is not the URL of a local folder.`, {
      hint: 'Models are read from this machine: pass a folder, a file: URL or an alias.',
      cause,
    });
  }
}

function findAlias(name: string): keyof typeof modelAliases | undefined {
  const lower = name.toLowerCase();
  return (Object.keys(modelAliases) as (keyof typeof modelAliases)[]).find((alias) => alias === lower || modelAliases[alias] === lower);
}

function nanoDirectory(): string {
  try {
    return join(dirname(ownRequire.resolve('@h2ovl/nano/package.json')), 'checkpoint');
  } catch (cause) {
    throw new VisionError('MODEL_NOT_FOUND', 'The package @h2ovl/nano, which holds the small model, is not installed.', {
      hint: 'Install it (npm install @h2ovl/nano), or pass the folder of another model.',
      cause,
    });
  }
}

async function inspectFolder(directory: string, name: string): Promise<LocatedModel> {
  const info = await stat(directory).catch(() => undefined);
  if (info === undefined) {
    throw new VisionError('MODEL_NOT_FOUND', `There is no folder ${directory}.`, {
      hint: `Pass a folder with a checkpoint or a converted model, or one of ${Object.keys(modelAliases).join(', ')}.`,
    });
  }
  if (info.isDirectory()) {
    if (await exists(join(directory, manifestFileName))) return { type: 'converted', name, directory };
    if (await exists(join(directory, 'config.json'))) return { type: 'checkpoint', name, directory };
  }
  const what = info.isDirectory() ? `holds neither ${manifestFileName} nor config.json` : 'is a file';
  throw new VisionError('MODEL_NOT_FOUND', `${directory} ${what}, so it is not a model.`, {
    hint: 'Pass the folder of an H2OVL-Mississippi checkpoint (config.json, *.safetensors, tokenizer.model) or of a converted model.',
  });
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
