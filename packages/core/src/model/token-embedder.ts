import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { VisionError } from '@h2ovl/contract';
import type { Manifest } from '../model-files/manifest.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from '../tensor/half-float.ts';

/**
 * Token ids to embedding rows, [tokens, hiddenSize] float32. Rows are read from the file by position: the table (98 MB for the
 * 0.8B) stays in the system's file cache and is never copied into this process.
 */
export class TokenEmbedder {
  readonly hiddenSize: number;
  readonly #rows: number;
  readonly #dtype: Manifest['embeddings']['dtype'];
  readonly #row: Uint8Array;
  #descriptor: number | undefined;

  constructor(directory: string, manifest: Manifest) {
    const { file, dtype, rows, columns } = manifest.embeddings;
    this.hiddenSize = columns;
    this.#rows = rows;
    this.#dtype = dtype;
    this.#row = new Uint8Array(columns * (dtype === 'float32' ? 4 : 2));
    this.#descriptor = openSync(join(directory, file), 'r');
  }

  /** Writes the row of `id` to `out` from `offset` (in elements). @throws VisionError INVALID_ARGUMENT for an id outside the vocabulary */
  embed(id: number, out: Float32Array, offset: number): void {
    if (this.#descriptor === undefined) throw new VisionError('DISPOSED', 'The model was disposed.');
    if (!Number.isInteger(id) || id < 0 || id >= this.#rows) {
      throw new VisionError('INVALID_ARGUMENT', `Token id ${id} is outside the vocabulary of ${this.#rows}.`);
    }
    const bytes = this.#row;
    // One row is a few kB and lies in the page cache, so a synchronous read costs microseconds.
    if (readSync(this.#descriptor, bytes, 0, bytes.length, id * bytes.length) !== bytes.length) {
      throw new VisionError('MODEL_FILE_CORRUPT', `The embedding file ends before row ${id} of ${this.#rows}.`, {
        hint: 'Remove the converted model and load the checkpoint again.',
      });
    }
    const target = out.subarray(offset, offset + this.hiddenSize);
    if (this.#dtype === 'float32') target.set(new Float32Array(bytes.buffer));
    else if (this.#dtype === 'bfloat16') bfloat16ToFloat32(new Uint16Array(bytes.buffer), target);
    else float16ToFloat32(new Uint16Array(bytes.buffer), target);
  }

  dispose(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
