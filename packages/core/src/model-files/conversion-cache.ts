import { createHash } from 'node:crypto';
import { readdir, realpath, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import { cacheDirectory } from '../store/cache-directory.ts';
import { fileMode } from '../store/readers.ts';
import { removePath } from '../store/remove-path.ts';
import { type Manifest, manifestFileName, manifestVersion } from './manifest.ts';
import { configFiles } from './model-config.ts';
import { readOrigin } from './origin-record.ts';
import { checkFileSizes, readManifest } from './verify-files.ts';

/** A converted model in the cache. */
export interface ConvertedModel {
  /** Folder's name, by which it is removed. */
  readonly name: string;
  /** Absolute path. */
  readonly directory: string;
  /** Bytes on disk. */
  readonly sizeBytes: number;
  /** Undefined when the folder cannot be used: unfinished, damaged, or of another version. */
  readonly manifest: Manifest | undefined;
  /** When it was loaded last, or made; ISO 8601. */
  readonly lastUsedAt: string;
}

const converted = (home: string): string => join(home, 'converted');

/**
 * Where the conversion of a checkpoint lies: one folder for each checkpoint (by its real path), precision and layout version.
 * `precision` tells precisions apart and becomes a part of the name.
 */
export async function conversionDirectory(checkpoint: string, precision: string, home: string = cacheDirectory()): Promise<string> {
  return directoryFor(checkpoint, precision, home, keyDigits);
}

/** 128 bits: no two checkpoints meet in one folder, not even where somebody tries. */
const keyDigits = 32;
/** What earlier versions took. Their folders are taken over. */
const earlierKeyDigits = 10;
/** Systems take names of 255 bytes, and what is under way has a longer one. */
const maxNameLength = 80;

async function directoryFor(checkpoint: string, precision: string, home: string, digits: number): Promise<string> {
  const path = await realpath(checkpoint);
  const key = createHash('sha256').update(`${path}\n${precision}\n${manifestVersion}`).digest('hex').slice(0, digits);
  // "checkpoint" says nothing; its parent's name does.
  const name = basename(path) === 'checkpoint' ? basename(join(path, '..')) : basename(path);
  const readable = name.replace(/[^\w.-]/g, '_');
  return join(converted(home), `${digits === keyDigits ? readable.slice(0, maxNameLength) : readable}-${precision}-${key}`);
}

/** The conversion of a checkpoint that can be used, and where it lies. */
export interface FreshConversion {
  readonly directory: string;
  readonly manifest: Manifest;
}

/**
 * The conversion of a checkpoint that is complete and made from it as it is now; else undefined. A folder that an earlier version made under its shorter name
 * gets the present one, or is used where it is when the disk is read-only.
 */
export async function findFresh(
  checkpoint: string,
  precision: string,
  home: string = cacheDirectory(),
): Promise<FreshConversion | undefined> {
  const directory = await conversionDirectory(checkpoint, precision, home);
  const isNew = (await stat(directory).catch(() => undefined)) === undefined;
  const earlier = await directoryFor(checkpoint, precision, home, earlierKeyDigits);
  const adopted = isNew
    ? await rename(earlier, directory).then(
        () => true,
        () => false,
      )
    : false;
  const place = isNew && !adopted ? earlier : directory;
  const manifest = await readFreshManifest(place, checkpoint);
  return manifest && { directory: place, manifest };
}

/**
 * Every conversion of a checkpoint that can be used and has the named precision: devices have forms of their own, and which of them is used is known
 * only when the model is opened.
 */
export async function findConversions(
  checkpoint: string,
  precision: string,
  home: string = cacheDirectory(),
): Promise<readonly FreshConversion[]> {
  const found: FreshConversion[] = [];
  for (const { directory } of await listConverted(home)) {
    const manifest = await readFreshManifest(directory, checkpoint);
    if (manifest?.precision.name === precision) found.push({ directory, manifest });
  }
  return found;
}

/** The manifest of a conversion that is complete and made from the checkpoint as it is now (sizes and time stamps); else undefined. */
export async function readFreshManifest(directory: string, checkpoint: string): Promise<Manifest | undefined> {
  try {
    const manifest = await readManifest(directory);
    await checkFileSizes(directory, manifest);
    return (await isMadeFrom(manifest, checkpoint)) ? manifest : undefined;
  } catch (error) {
    // Missing, damaged, or of another version: all mean that it is made again.
    if (VisionError.isInstance(error)) return undefined;
    throw error;
  }
}

/** Notes that a converted model was loaded now. */
export async function noteUse(directory: string): Promise<void> {
  const file = join(directory, lastUsedName);
  const now = new Date();
  const touched = await utimes(file, now, now).then(
    () => true,
    () => false,
  );
  if (!touched) await writeFile(file, '', { mode: fileMode('owner') }).catch(() => {}); // a read-only disk
}

const lastUsedName = '.last-used';

async function isMadeFrom(manifest: Manifest, checkpoint: string): Promise<boolean> {
  const files = manifest.source.files;
  const origin = await readOrigin(checkpoint);
  for (const name of new Set([...Object.keys(files), ...Object.keys(configFiles)])) {
    const now = await stat(join(checkpoint, name)).catch(() => undefined);
    // Weights that were removed to save space: their record says that they were the same.
    const isRemoved = now === undefined && name.endsWith('.safetensors') && origin?.files[name] !== undefined;
    if (isRemoved && origin?.files[name]?.sha256 === files[name]?.sha256) continue;
    if (now?.size !== files[name]?.size || now?.mtimeMs !== files[name]?.mtimeMs) return false;
  }
  return true;
}

/** What the cache holds, by name. */
export async function listConverted(home: string = cacheDirectory()): Promise<ConvertedModel[]> {
  const entries = await readdir(converted(home), { withFileTypes: true }).catch(() => []);
  const models: ConvertedModel[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue; // locks, and what is being made
    const directory = join(converted(home), entry.name);
    const manifest = await readManifest(directory).catch(() => undefined);
    models.push({ name: entry.name, directory, sizeBytes: await folderBytes(directory), manifest, lastUsedAt: await lastUse(directory) });
  }
  return models.sort((a, b) => a.name.localeCompare(b.name));
}

/**
 * Removes one converted model by its folder's name, or all of them. Returns the bytes freed.
 * @throws VisionError MODEL_NOT_FOUND when no model has the name
 */
export async function removeConverted(name: string | undefined, home: string = cacheDirectory()): Promise<number> {
  const models = await listConverted(home);
  const chosen = models.filter((model) => name === undefined || model.name === name);
  if (name !== undefined && chosen.length === 0) {
    const known = models.length === 0 ? 'The cache is empty.' : `It holds ${models.map((model) => model.name).join(', ')}.`;
    throw new VisionError('MODEL_NOT_FOUND', `The cache holds no model ${name}.`, { hint: known });
  }
  for (const { directory } of chosen) {
    // The manifest goes first: a removal that is interrupted leaves nothing that looks complete.
    await removePath(join(directory, manifestFileName));
    await removePath(directory);
  }
  return chosen.reduce((sum, model) => sum + model.sizeBytes, 0);
}

async function lastUse(directory: string): Promise<string> {
  const used = await stat(join(directory, lastUsedName)).catch(() => undefined);
  return (used ?? (await stat(directory))).mtime.toISOString();
}

/** Bytes of all files of a folder and of those in it. */
export async function folderBytes(directory: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) total += await folderBytes(path);
    else total += (await stat(path).catch(() => undefined))?.size ?? 0; // removed meanwhile
  }
  return total;
}
