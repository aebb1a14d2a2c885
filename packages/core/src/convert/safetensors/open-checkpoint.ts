import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, describeSystemError } from '@h2ovl/contract';
import { parseJson } from '../../store/parse-json.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from '../../tensor/half-float.ts';
import { maxIndexBytes, maxShards } from './limits.ts';
import { readHeader, type SourceDType, sourceBytes, type TensorEntry } from './read-header.ts';

/** A tensor of an open checkpoint. */
export interface CheckpointTensor extends TensorEntry {
  /** Name of its file inside the folder. */
  readonly file: string;
}

/** One weights file of a checkpoint. */
export interface CheckpointFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly handle: FileHandle;
  readonly tensors: readonly CheckpointTensor[];
}

const singleName = 'model.safetensors';
const indexName = 'model.safetensors.index.json';

/**
 * Opens the weights of a Hugging Face folder, one file or shards with an index, and checks every header. Nothing but headers is read.
 * @throws CheckpointError MODEL_NOT_FOUND (no weights), MODEL_FILE_CORRUPT, MODEL_UNSUPPORTED
 */
export async function openCheckpoint(directory: string): Promise<Checkpoint> {
  const shards = await listShards(directory);
  const files: CheckpointFile[] = [];
  try {
    for (const name of shards.keys()) files.push(await openFile(directory, name));
    const checkpoint = new Checkpoint(directory, files);
    checkIndex(directory, checkpoint, shards);
    return checkpoint;
  } catch (error) {
    await Promise.all(files.map((file) => file.handle.close()));
    throw error;
  }
}

/** Open weights of one checkpoint; tensors are read in slices. Close it when done. */
export class Checkpoint {
  readonly directory: string;
  readonly files: readonly CheckpointFile[];
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  readonly #handles: ReadonlyMap<string, FileHandle>;

  constructor(directory: string, files: readonly CheckpointFile[]) {
    const tensors = new Map<string, CheckpointTensor>();
    for (const tensor of files.flatMap((file) => file.tensors)) {
      const other = tensors.get(tensor.name);
      if (other !== undefined) {
        throw new CheckpointError(
          'MODEL_FILE_CORRUPT',
          `Tensor ${tensor.name} stands in two files, ${other.file} and ${tensor.file}.`,
          { file: join(directory, tensor.file), tensor: tensor.name },
          { hint: 'Remove the file that does not belong to this checkpoint.' },
        );
      }
      tensors.set(tensor.name, tensor);
    }
    this.directory = directory;
    this.files = files;
    this.tensors = tensors;
    this.#handles = new Map(files.map((file) => [file.name, file.handle]));
  }

  /** The stored bytes of `count` elements from element `first` on, in memory of their own. */
  async readBytes(tensor: CheckpointTensor, first: number, count: number): Promise<Uint8Array<ArrayBuffer>> {
    const width = sourceBytes[tensor.dtype];
    const out = new Uint8Array(count * width);
    const handle = this.#handles.get(tensor.file) as FileHandle; // the map was made from the same files
    let done = 0;
    while (done < out.length) {
      const { bytesRead } = await handle.read(out, done, out.length - done, tensor.offset + first * width + done);
      if (bytesRead === 0) {
        const file = join(this.directory, tensor.file);
        throw new CheckpointError(
          'MODEL_FILE_CORRUPT',
          `${file} ended ${out.length - done} bytes early inside ${tensor.name}: it was changed while it was read.`,
          { file, tensor: tensor.name },
          { hint: 'Start again when nothing writes to the folder.' },
        );
      }
      done += bytesRead;
    }
    return out;
  }

  /** Elements as float32; exact for all three stored types. */
  async readFloat32(tensor: CheckpointTensor, first: number, count: number): Promise<Float32Array<ArrayBuffer>> {
    return toFloat32(tensor.dtype, await this.readBytes(tensor, first, count));
  }

  /** Closes the files. Idempotent. */
  async close(): Promise<void> {
    await Promise.all(this.files.map((file) => file.handle.close()));
  }
}

/** Stored bytes (little endian, as the format demands) -> float32 values, exact. */
export function toFloat32(dtype: SourceDType, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const bits = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const out = new Float32Array(bits.length);
  if (dtype === 'BF16') bfloat16ToFloat32(bits, out);
  else float16ToFloat32(bits, out);
  return out;
}

async function openFile(directory: string, name: string): Promise<CheckpointFile> {
  const path = join(directory, name);
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    throw new CheckpointError(
      'MODEL_NOT_FOUND',
      `${path} cannot be opened: ${describeSystemError(cause)}.`,
      { file: path },
      { hint: 'The folder must hold every weights file of the checkpoint. Download the missing ones.', cause },
    );
  }
  try {
    const { size, mtimeMs } = await handle.stat();
    const tensors = (await readHeader(handle, path)).map((entry) => ({ ...entry, file: name }));
    return { name, path, size, mtimeMs, handle, tensors };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** File names -> names of the tensors the index places there; no names for a single file without an index. */
async function listShards(directory: string): Promise<Map<string, readonly string[]>> {
  const single = await stat(join(directory, singleName)).catch(() => undefined);
  if (single?.isFile()) return new Map([[singleName, []]]);
  const indexPath = join(directory, indexName);
  const index = await stat(indexPath).catch(() => undefined);
  if (index === undefined) {
    throw new CheckpointError(
      'MODEL_NOT_FOUND',
      `${directory} holds neither ${singleName} nor ${indexName}.`,
      { file: join(directory, singleName) },
      { hint: 'Point to a folder with an original H2OVL-Mississippi checkpoint in safetensors format.' },
    );
  }
  const fail = (message: string): never => {
    const hint = 'Download the index file again.';
    throw new CheckpointError('MODEL_FILE_CORRUPT', `${indexPath}: ${message}`, { file: indexPath }, { hint });
  };
  if (index.size > maxIndexBytes) return fail(`the index has ${index.size} bytes; at most ${maxIndexBytes} are read.`);
  let map: unknown;
  try {
    map = (parseJson(await readFile(indexPath, 'utf8')) as { weight_map?: unknown }).weight_map;
  } catch {
    return fail('the index is not JSON.');
  }
  if (typeof map !== 'object' || map === null) return fail('the index has no weight_map.');
  const shards = new Map<string, string[]>();
  for (const [tensor, file] of Object.entries(map)) {
    // A name with a separator could point outside the folder.
    if (typeof file !== 'string' || !/^[\w.-]+\.safetensors$/.test(file)) return fail(`${tensor} lies in ${JSON.stringify(file)}.`);
    const names = shards.get(file);
    if (names === undefined) shards.set(file, [tensor]);
    else names.push(tensor);
  }
  if (shards.size === 0 || shards.size > maxShards) return fail(`the index names ${shards.size} files; 1 to ${maxShards} are read.`);
  return shards;
}

function checkIndex(directory: string, checkpoint: Checkpoint, shards: ReadonlyMap<string, readonly string[]>): void {
  for (const [file, names] of shards) {
    const wrong = names.find((name) => checkpoint.tensors.get(name)?.file !== file);
    if (wrong === undefined) continue;
    throw new CheckpointError(
      'MODEL_FILE_CORRUPT',
      `The index places ${wrong} in ${file}, but that file does not hold it.`,
      { file: join(directory, file), tensor: wrong },
      { hint: 'Download the index and this file again; they are from different versions.' },
    );
  }
}
