import type { HashedFile } from '../../store/hashed-file.ts';
import type { DataSink } from './graph-builder.ts';
import type { DataPlace } from './onnx-types.ts';

/** Weights start at multiples of this, so that ONNX Runtime maps the file instead of copying it (its own exporter uses the same). */
export const dataAlignment = 4096;

/** The data file of a graph: weights one after the other, each at an aligned place. */
export class ExternalData implements DataSink {
  readonly #file: HashedFile;
  readonly #name: string;

  /** `name` is what the model file calls it: the path relative to itself. */
  constructor(file: HashedFile, name: string) {
    this.#file = file;
    this.#name = name;
  }

  async add(name: string, byteLength: number, chunks: AsyncIterable<Uint8Array>): Promise<DataPlace> {
    const rest = this.#file.size % dataAlignment;
    if (rest > 0) await this.#file.write(new Uint8Array(dataAlignment - rest));
    const offset = this.#file.size;
    for await (const chunk of chunks) await this.#file.write(chunk);
    const written = this.#file.size - offset;
    if (written !== byteLength) throw new Error(`${name}: ${written} bytes came where ${byteLength} were declared.`);
    return { file: this.#name, offset, byteLength };
  }
}
