import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VisionError } from '@h2ovl/contract';
import { cacheDirectory } from '../store/cache-directory.ts';
import { manifestFileName } from './manifest.ts';

/** A model that was found: an original checkpoint, which has to be converted, or a folder that `convert` wrote. */
export interface LocatedModel {
  readonly type: 'checkpoint' | 'converted';
  /** The alias, or the folder's name. */
  readonly name: string;
  /** Absolute path. */
  readonly directory: string;
}

/** Short names of models, and their repositories on the Hugging Face hub. */
export const modelAliases: Readonly<Record<'nano' | '0.8b' | '2b', string>> = {
  nano: '@h2ovl/nano',
  '0.8b': 'h2oai/h2ovl-mississippi-800m',
  '2b': 'h2oai/h2ovl-mississippi-2b',
};

/**
 * Finds a model by alias (`nano`, `0.8b`, `2b`), repository name, folder or `file:` URL. Nothing is downloaded.
 * @throws VisionError MODEL_NOT_FOUND, INVALID_ARGUMENT (a URL that is not `file:`)
 */
export async function locateModel(source: string | URL, home: string = cacheDirectory()): Promise<LocatedModel> {
  const path = toPath(source);
  const alias = findAlias(path);
  if (alias === undefined) return inspectFolder(resolve(path), basename(resolve(path)));
  if (alias === 'nano') return inspectFolder(nanoDirectory(), alias);
  const repository = modelAliases[alias];
  const directory = join(home, 'models', basename(repository));
  if (await exists(directory)) return inspectFolder(directory, alias);
  throw new VisionError('MODEL_NOT_FOUND', `The model ${alias} is not on this machine: there is no ${directory}.`, {
    hint: `Download ${repository} from the Hugging Face hub into that folder, or pass any folder that holds it (--model FOLDER). The small model nano needs no download.`,
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
    return join(dirname(createRequire(import.meta.url).resolve('@h2ovl/nano/package.json')), 'checkpoint');
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
