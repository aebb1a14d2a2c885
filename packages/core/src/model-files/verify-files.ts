import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, checkOptions, describeSystemError, type LoadProgress, type OptionNames } from '@h2ovl/contract';
import { hashFile } from '../store/hash-file.ts';
import { type Manifest, manifestFileName, parseManifest } from './manifest.ts';

const remakeHint = 'Remove the folder; it is made again from the checkpoint.';

/** Reads the manifest of a converted model. @throws VisionError MODEL_NOT_FOUND, MODEL_FILE_CORRUPT */
export async function readManifest(directory: string): Promise<Manifest> {
  const file = join(directory, manifestFileName);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new CheckpointError(
      'MODEL_NOT_FOUND',
      `${file} cannot be read: ${describeSystemError(cause)}.`,
      { file },
      { hint: 'Pass a folder that convert wrote.', cause },
    );
  }
  return parseManifest(text, file);
}

/**
 * Compares the size of every file with the manifest: the check at each load, which costs nothing.
 * @throws CheckpointError MODEL_FILE_CORRUPT (a file is missing or of another size)
 */
export async function checkFileSizes(directory: string, { files }: Pick<Manifest, 'files'>): Promise<void> {
  for (const [name, { size }] of Object.entries(files)) {
    const file = join(directory, name);
    const info = await stat(file).catch(() => undefined);
    if (info?.size === size) continue;
    const what = info === undefined ? 'is missing' : `has ${info.size} bytes`;
    throw new CheckpointError('MODEL_FILE_CORRUPT', `${file} ${what}; the manifest says ${size} bytes.`, { file }, { hint: remakeHint });
  }
}

export interface VerifyFilesOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

const verifyFilesOptionNames: OptionNames<VerifyFilesOptions> = { signal: true, onProgress: true };

/**
 * Reads every file and compares its SHA-256 with the manifest.
 * @throws CheckpointError MODEL_FILE_CORRUPT (missing, other size or digest)
 */
export async function verifyFiles(directory: string, manifest: Manifest, options: VerifyFilesOptions = {}): Promise<void> {
  checkOptions(options, verifyFilesOptionNames, 'verifyFiles()');
  await checkFileSizes(directory, manifest);
  const entries = Object.entries(manifest.files);
  const totalBytes = entries.reduce((sum, [, { size }]) => sum + size, 0);
  let doneBytes = 0;
  for (const [name, { sha256 }] of entries) {
    const file = join(directory, name);
    const onBlock = (byteLength: number): void => {
      doneBytes += byteLength;
      options.onProgress?.({ type: 'verify', file: name, doneBytes, totalBytes });
    };
    const actual = await hashFile(file, 'sha256', { signal: options.signal, onBlock });
    if (actual === sha256) continue;
    const message = `${file} has the SHA-256 ${actual.slice(0, 16)}…; the manifest says ${sha256.slice(0, 16)}….`;
    throw new CheckpointError('MODEL_FILE_CORRUPT', message, { file }, { hint: remakeHint });
  }
}
