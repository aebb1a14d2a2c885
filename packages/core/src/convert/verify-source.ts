import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadProgress } from '@h2ovl/contract';
import { CheckpointError } from '@h2ovl/contract';
import type { Manifest } from '../model-files/manifest.ts';
import { configFiles } from '../model-files/model-config.ts';
import { checkOrigin } from '../model-files/origin-record.ts';
import type { Checkpoint, CheckpointFile, CheckpointTensor } from './safetensors/open-checkpoint.ts';
import { type SourceDType, sourceBytes } from './safetensors/read-header.ts';

type SourceFiles = Manifest['source']['files'];

/** Bytes hashed between two turns of the event loop: a few milliseconds of work. */
const blockBytes = 2 * 1024 * 1024;

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/**
 * Reads every file of a checkpoint once, front to back: takes its SHA-256 and refuses weights that are not numbers.
 * @throws CheckpointError MODEL_FILE_CORRUPT (NaN or infinite weight, tensor and place named; a file that is not what was pulled)
 */
export async function verifySource(checkpoint: Checkpoint, options: VerifyOptions = {}): Promise<SourceFiles> {
  const files: Record<string, SourceFiles[string]> = {};
  for (const name of Object.keys(configFiles)) {
    const path = join(checkpoint.directory, name);
    const info = await stat(path).catch(() => undefined);
    if (info === undefined) continue; // the required ones were read before
    const content = await readFile(path);
    files[name] = { size: info.size, sha256: createHash('sha256').update(content).digest('hex'), mtimeMs: info.mtimeMs };
  }
  const totalBytes = checkpoint.files.reduce((sum, file) => sum + file.size, 0);
  let doneBytes = 0;
  for (const file of checkpoint.files) {
    const onBlock = (byteLength: number): void => {
      doneBytes += byteLength;
      options.onProgress?.({ type: 'verify', file: file.name, doneBytes, totalBytes });
    };
    files[file.name] = {
      size: file.size,
      sha256: await hashFile(checkpoint, file, { signal: options.signal, onBlock }),
      mtimeMs: file.mtimeMs,
    };
  }
  await checkOrigin(checkpoint.directory, files);
  return files;
}

/** @throws CheckpointError MODEL_FILE_CORRUPT when a file changed since it was hashed */
export async function checkUnchanged(checkpoint: Checkpoint, files: SourceFiles): Promise<void> {
  for (const [name, before] of Object.entries(files)) {
    const file = join(checkpoint.directory, name);
    const now = await stat(file).catch(() => undefined);
    if (now?.size === before.size && now.mtimeMs === before.mtimeMs) continue;
    throw new CheckpointError(
      'MODEL_FILE_CORRUPT',
      `${file} changed while it was converted: ${before.size} bytes before, ${now?.size ?? 'none'} now.`,
      { file },
      { hint: 'Start again when nothing writes to the folder.' },
    );
  }
}

async function hashFile(
  checkpoint: Checkpoint,
  file: CheckpointFile,
  { signal, onBlock }: { readonly signal: AbortSignal | undefined; readonly onBlock: (byteLength: number) => void },
): Promise<string> {
  const hash = createHash('sha256');
  const tensors = [...file.tensors].sort((a, b) => a.offset - b.offset);
  const header = Buffer.alloc(tensors[0]?.offset ?? file.size);
  await file.handle.read(header, 0, header.length, 0);
  hash.update(header);
  onBlock(header.length);
  for (const tensor of tensors) {
    const count = tensor.byteLength / sourceBytes[tensor.dtype];
    const step = blockBytes / sourceBytes[tensor.dtype];
    for (let first = 0; first < count; first += step) {
      signal?.throwIfAborted();
      const bytes = await checkpoint.readBytes(tensor, first, Math.min(step, count - first));
      hash.update(bytes);
      const bad = findNonFinite(tensor.dtype, bytes);
      if (bad >= 0) throw nonFinite(file, tensor, first + bad);
      onBlock(bytes.length);
    }
  }
  return hash.digest('hex');
}

function nonFinite(file: CheckpointFile, tensor: CheckpointTensor, index: number): CheckpointError {
  return new CheckpointError(
    'MODEL_FILE_CORRUPT',
    `${file.path}: value ${index} of ${tensor.name} is not a finite number.`,
    { file: file.path, tensor: tensor.name },
    { hint: 'The checkpoint is damaged or its training failed. Download it again and compare its SHA-256.' },
  );
}

/** Index of the first NaN or infinity (an exponent of all ones), or -1. */
function findNonFinite(dtype: SourceDType, bytes: Uint8Array<ArrayBuffer>): number {
  if (dtype === 'F32') return findMasked(new Uint32Array(bytes.buffer), 0x7f800000);
  return findMasked(new Uint16Array(bytes.buffer), dtype === 'BF16' ? 0x7f80 : 0x7c00);
}

function findMasked(bits: Uint16Array | Uint32Array, mask: number): number {
  for (let i = 0; i < bits.length; i += 1) if (((bits[i] as number) & mask) === mask) return i;
  return -1;
}
