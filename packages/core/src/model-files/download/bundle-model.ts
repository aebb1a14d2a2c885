import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CheckpointError, checkOptions, type OptionNames, VisionError } from '@h2ovl/contract';
import { cacheDirectory } from '../../store/cache-directory.ts';
import { checkFreeSpace } from '../../store/free-space.ts';
import { hashFile } from '../../store/hash-file.ts';
import { HashedFile } from '../../store/hashed-file.ts';
import { removeAbandoned, temporaryName } from '../../store/temporary-files.ts';
import { isCheckpointFile } from '../catalogue.ts';
import { locateModel } from '../locate-model.ts';
import type { FileRecord } from '../manifest.ts';
import { type OriginRecord, originFileName, readOrigin } from '../origin-record.ts';
import type { PullProgress } from './pull-types.ts';
import { tarEnd, tarHeader, tarPadding } from './tar-file.ts';

export interface BundleOptions {
  /** Folder of models and caches. @default `H2OVL_HOME` or the platform's cache folder */
  readonly home?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
}

const bundleOptionNames: OptionNames<BundleOptions> = { home: true, signal: true, onProgress: true };

/** A bundle that was written. */
export interface ModelBundle {
  readonly path: string;
  readonly sizeBytes: number;
  /** Of the bundle, lower-case hex. */
  readonly sha256: string;
  /** What is inside. */
  readonly files: Readonly<Record<string, FileRecord>>;
}

/**
 * Writes the original files of a model and a record of their hashes into one tar file, for a machine without a network. Converted files are left out: they
 * fit one kind of processor and are made again there.
 * @throws VisionError MODEL_NOT_FOUND, INVALID_ARGUMENT (the target exists, or the model has no original files), STORAGE_UNAVAILABLE;
 * CheckpointError MODEL_FILE_CORRUPT when a file is not what was recorded
 */
export async function bundleModel(model: string, target: string, options: BundleOptions = {}): Promise<ModelBundle> {
  checkOptions(options, bundleOptionNames, 'bundleModel()');
  const { home = cacheDirectory(), signal = new AbortController().signal, onProgress = () => {} } = options;
  const path = resolve(target);
  if ((await stat(path).catch(() => undefined)) !== undefined) {
    throw new VisionError('INVALID_ARGUMENT', `${path} exists already.`, { hint: 'Choose another name, or remove it first.' });
  }
  const { directory, type } = await locateModel(model, home);
  const names = (await readdir(directory)).filter(isCheckpointFile).sort();
  if (type !== 'checkpoint' || !names.some((name) => name.endsWith('.safetensors'))) {
    throw new VisionError('INVALID_ARGUMENT', `${directory} does not hold the original files of a model.`, {
      hint: 'A bundle is made from the originals, which the other machine converts for its own processor.',
    });
  }
  const record = await makeRecord(directory, names, { signal, onProgress });
  const totalBytes = Object.values(record.files).reduce((sum, { size }) => sum + size, 0);
  const prefix = `${path}.tmp-`;
  await removeAbandoned(dirname(prefix), basename(prefix));
  await checkFreeSpace(resolve(path, '..'), totalBytes + 1_000_000, `The bundle ${path}`);
  const temporary = temporaryName(prefix);
  const bundle = await HashedFile.create(temporary, 'umask');
  try {
    const text = Buffer.from(`${JSON.stringify(record, undefined, 2)}\n`);
    await addEntry(bundle, originFileName, text.length, [text]);
    let doneBytes = 0;
    for (const name of names) {
      const { size } = record.files[name] as FileRecord;
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const bytes of readBlocks(join(directory, name))) {
          signal.throwIfAborted();
          doneBytes += bytes.length;
          onProgress({ type: 'copy', file: name, doneBytes, totalBytes });
          yield bytes;
        }
      };
      await addEntry(bundle, name, size, counted());
    }
    await bundle.write(tarEnd);
    const { size, sha256 } = await bundle.finish();
    await rename(temporary, path);
    return { path, sizeBytes: size, sha256, files: record.files };
  } catch (error) {
    await bundle.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The record beside the files, every hash compared; or a new one for files that were put there by hand. */
async function makeRecord(
  directory: string,
  names: readonly string[],
  { signal, onProgress }: Required<Pick<BundleOptions, 'signal' | 'onProgress'>>,
): Promise<OriginRecord> {
  const known = await readOrigin(directory);
  const files: Record<string, FileRecord> = {};
  for (const name of names) {
    const { size } = await stat(join(directory, name));
    let doneBytes = 0;
    const onBlock = (byteLength: number): void => {
      doneBytes += byteLength;
      onProgress({ type: 'verify', file: name, doneBytes, totalBytes: size });
    };
    const sha256 = await hashFile(join(directory, name), 'sha256', { signal, onBlock });
    const recorded = known?.files[name]?.sha256;
    if (recorded !== undefined && recorded !== sha256) {
      throw new CheckpointError(
        'MODEL_FILE_CORRUPT',
        `${join(directory, name)} is not what was pulled: its SHA-256 is ${sha256.slice(0, 16)}…, not ${recorded.slice(0, 16)}….`,
        { file: join(directory, name) },
        { hint: 'Pull the model again.' },
      );
    }
    files[name] = { size, sha256 };
  }
  const { repository = null, revision = null, licence = null, pulledAt = new Date(0).toISOString() } = known ?? {};
  return { format: 'h2ovl-origin', version: 1, repository, revision, licence, pulledAt, files };
}

async function addEntry(
  bundle: HashedFile,
  name: string,
  size: number,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  await bundle.write(tarHeader(name, size));
  let written = 0;
  for await (const bytes of content) {
    await bundle.write(bytes);
    written += bytes.length;
  }
  if (written !== size) {
    throw new CheckpointError('MODEL_FILE_CORRUPT', `${name} changed its size while it was bundled.`, { file: basename(name) });
  }
  await bundle.write(new Uint8Array(tarPadding(size)));
}

async function* readBlocks(path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    yield* handle.createReadStream({ autoClose: false, highWaterMark: 1024 * 1024 });
  } finally {
    await handle.close();
  }
}
