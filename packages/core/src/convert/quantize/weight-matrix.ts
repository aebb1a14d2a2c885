import type { Checkpoint, CheckpointTensor } from '../safetensors/open-checkpoint.ts';
import { toFloat32 } from '../safetensors/open-checkpoint.ts';
import type { SourceDType } from '../safetensors/read-header.ts';

/** Values read at once: 1 MiB of bfloat16, small enough that no step of a conversion holds the event loop for 50 ms. */
const blockValues = 524_288;

/** Whole rows of a matrix, as stored. */
export interface RowBlock {
  readonly firstRow: number;
  readonly rows: number;
  readonly dtype: SourceDType;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Rows of a checkpoint tensor; all of them when no range is given. */
export interface RowRange {
  readonly tensor: string;
  readonly firstRow?: number;
  readonly rows?: number;
}

/** What reading weights reports and obeys. */
export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Called after each block with the tensor and the bytes read. */
  readonly onRead?: (tensor: string, byteLength: number) => void;
}

/** Access to the weights of a checkpoint as matrices and vectors. */
export class Weights {
  readonly #checkpoint: Checkpoint;
  readonly #options: ReadOptions;

  constructor(checkpoint: Checkpoint, options: ReadOptions = {}) {
    this.#checkpoint = checkpoint;
    this.#options = options;
  }

  /** A matrix [outputs, inputs] of the given rows, one range below the other. Dimensions after the first are joined. */
  matrix(...ranges: readonly RowRange[]): WeightMatrix {
    const parts = ranges.map(({ tensor: name, firstRow = 0, rows }): MatrixPart => {
      const tensor = this.#tensor(name);
      return { tensor, firstRow, rows: rows ?? (tensor.shape[0] as number) - firstRow };
    });
    return new WeightMatrix(this.#checkpoint, parts, this.#options);
  }

  /** A small tensor as float32, whatever its shape. */
  async vector(name: string): Promise<Float32Array<ArrayBuffer>> {
    this.#options.signal?.throwIfAborted();
    const tensor = this.#tensor(name);
    const values = await this.#checkpoint.readFloat32(
      tensor,
      0,
      tensor.shape.reduce((product, dim) => product * dim, 1),
    );
    this.#options.onRead?.(name, tensor.byteLength);
    return values;
  }

  #tensor(name: string): CheckpointTensor {
    const tensor = this.#checkpoint.tensors.get(name);
    if (tensor === undefined) throw new Error(`The checkpoint was checked, yet ${name} is missing.`);
    return tensor;
  }
}

interface MatrixPart {
  readonly tensor: CheckpointTensor;
  readonly firstRow: number;
  readonly rows: number;
}

/** A weight matrix [rows = outputs, columns = inputs] that is read block by block and never held as a whole. */
export class WeightMatrix {
  readonly rows: number;
  readonly columns: number;
  /** The stored element type, or undefined when the parts differ. */
  readonly dtype: SourceDType | undefined;
  readonly #checkpoint: Checkpoint;
  readonly #parts: readonly MatrixPart[];
  readonly #options: ReadOptions;

  constructor(checkpoint: Checkpoint, parts: readonly MatrixPart[], options: ReadOptions) {
    const first = (parts[0] as MatrixPart).tensor;
    this.rows = parts.reduce((sum, part) => sum + part.rows, 0);
    this.columns = first.shape.slice(1).reduce((product, dim) => product * dim, 1);
    this.dtype = parts.every(({ tensor }) => tensor.dtype === first.dtype) ? first.dtype : undefined;
    this.#checkpoint = checkpoint;
    this.#parts = parts;
    this.#options = options;
  }

  /** The matrix from top to bottom. */
  async *blocks(): AsyncGenerator<RowBlock> {
    const step = Math.max(1, Math.floor(blockValues / this.columns));
    let firstRow = 0;
    for (const part of this.#parts) {
      for (let done = 0; done < part.rows; done += step) {
        this.#options.signal?.throwIfAborted();
        const rows = Math.min(step, part.rows - done);
        const bytes = await this.#checkpoint.readBytes(part.tensor, (part.firstRow + done) * this.columns, rows * this.columns);
        this.#options.onRead?.(part.tensor.name, bytes.length);
        yield { firstRow, rows, dtype: part.tensor.dtype, bytes };
        firstRow += rows;
      }
    }
  }

  /** The same as float32, row r multiplied by `rowScale[r]` and column c by `columnScale[c]` when given. */
  async *floatBlocks(
    rowScale?: Float32Array,
    columnScale?: Float32Array,
  ): AsyncGenerator<{ readonly firstRow: number; readonly rows: number; readonly values: Float32Array<ArrayBuffer> }> {
    for await (const { firstRow, rows, dtype, bytes } of this.blocks()) {
      const values = toFloat32(dtype, bytes);
      if (rowScale !== undefined) scaleRows(values, rowScale.subarray(firstRow, firstRow + rows));
      if (columnScale !== undefined) scaleColumns(values, columnScale);
      yield { firstRow, rows, values };
    }
  }
}

function scaleRows(values: Float32Array, scales: Float32Array): void {
  const columns = values.length / scales.length;
  scales.forEach((scale, row) => {
    const end = (row + 1) * columns;
    for (let i = row * columns; i < end; i += 1) values[i] = (values[i] as number) * scale;
  });
}

function scaleColumns(values: Float32Array, scales: Float32Array): void {
  const columns = scales.length;
  for (let begin = 0; begin < values.length; begin += columns) {
    for (let i = 0; i < columns; i += 1) values[begin + i] = (values[begin + i] as number) * (scales[i] as number);
  }
}
