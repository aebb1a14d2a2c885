import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeOnnx } from '../../../src/runtime/onnx-bytes.ts';

/**
 * A line reader made up of two small graphs: what is not white is text, and a line's columns say by their brightness which class they are: white
 * the blank, black an A, grey the space, which is a class of its own and stands last in the dictionary. Four pixels a column.
 */
export function writeMadeUpReader(folder: string, { careful = readsBars, quick }: MadeUpRecognisers = {}): string {
  mkdirSync(folder, { recursive: true });
  const part = (file: string, bytes: Uint8Array): object => {
    writeFileSync(join(folder, file), bytes);
    return { file, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const description = join(folder, 'index.json');
  const parts = {
    format: 'h2ovl-lines',
    version: 1,
    detector: { name: 'made up', ...part('find.onnx', detector()) },
    recogniser: { name: 'made up', columnPx: 4, ...part('read.onnx', recogniser(careful)) },
    ...(quick === undefined ? {} : { quickRecogniser: { name: 'made up', ...part('quick.onnx', recogniser(quick)) } }),
    dictionary: part('letters.txt', Buffer.from('A\n<space>\n')),
  };
  writeFileSync(description, JSON.stringify(parts));
  return description;
}

/** sigmoid(4 * (4 - sum of the planes)): white sums up to 7.3, grey to 0.7, black to -5.9. */
function detector(): Uint8Array {
  const constant = (name: string, value: number) => ({ name, dtype: 'float32' as const, dims: [1], data: Float32Array.of(value) });
  return encodeOnnx({
    nodes: [
      { operator: 'ReduceSum', inputs: ['x', 'axes'], outputs: ['sum'] },
      { operator: 'Mul', inputs: ['sum', 'slope'], outputs: ['scaled'] },
      { operator: 'Add', inputs: ['scaled', 'offset'], outputs: ['shifted'] },
      { operator: 'Sigmoid', inputs: ['shifted'], outputs: ['y'] },
    ],
    inputs: [{ name: 'x', dtype: 'float32', dims: ['b', 3, 'h', 'w'] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: ['b', 1, 'h', 'w'] }],
    constants: [{ name: 'axes', dtype: 'int64', dims: [1], data: BigInt64Array.of(1n) }, constant('slope', -4), constant('offset', 16)],
  });
}

/** Black bars are letters, as drawn by `drawBars`. */
export const readsBars: MadeUpRecogniser = { sharpness: 20, letter: -1, space: 0 };

interface MadeUpRecognisers {
  readonly careful?: MadeUpRecogniser;
  readonly quick?: MadeUpRecogniser;
}

/** How a recogniser takes what it sees. */
interface MadeUpRecogniser {
  /** 2,000: sure of all it sees; 0.5: of nothing. */
  readonly sharpness: number;
  /** The brightness of an A and of a space: -1 is black, 0 grey. */
  readonly letter: number;
  readonly space: number;
  /** Other than 3: not what the dictionary says. */
  readonly classes?: number;
}

/** The mean of four columns over rows 20 to 27, m, becomes the class whose brightness c is nearest: softmax of sharpness (2 c m - c^2). */
function recogniser({ sharpness, letter, space, classes = 3 }: MadeUpRecogniser): Uint8Array {
  const rows = Float32Array.from({ length: 144 }, (_, index) => (index % 48 >= 20 && index % 48 < 28 ? 1 / 24 : 0));
  const brightness = [1, letter, space, ...new Array<number>(classes - 3).fill(5)]; // blank, A, space
  const float = (name: string, dims: readonly number[], data: Float32Array) => ({ name, dtype: 'float32' as const, dims, data });
  const shape = (name: string, dims: readonly number[]) => ({
    name,
    dtype: 'int64' as const,
    dims: [dims.length],
    data: BigInt64Array.from(dims, BigInt),
  });
  return encodeOnnx({
    nodes: [
      { operator: 'Reshape', inputs: ['x', 'planes'], outputs: ['rows'] },
      { operator: 'MatMul', inputs: ['weights', 'rows'], outputs: ['line'] },
      { operator: 'Reshape', inputs: ['line', 'fours'], outputs: ['grouped'] },
      { operator: 'MatMul', inputs: ['grouped', 'quarter'], outputs: ['mean'] },
      { operator: 'MatMul', inputs: ['mean', 'slopes'], outputs: ['scaled'] },
      { operator: 'Add', inputs: ['scaled', 'offsets'], outputs: ['logits'] },
      { operator: 'Softmax', inputs: ['logits'], outputs: ['shares'] },
      { operator: 'Reshape', inputs: ['shares', 'answer'], outputs: ['y'] },
    ],
    inputs: [{ name: 'x', dtype: 'float32', dims: ['b', 3, 48, 'w'] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: ['b', 't', classes] }],
    constants: [
      shape('planes', [144, -1]),
      shape('fours', [-1, 4]),
      shape('answer', [1, -1, classes]),
      float('weights', [1, 144], rows),
      float('quarter', [4, 1], new Float32Array(4).fill(0.25)),
      float(
        'slopes',
        [1, classes],
        Float32Array.from(brightness, (c) => 2 * sharpness * c),
      ),
      float(
        'offsets',
        [classes],
        Float32Array.from(brightness, (c) => -sharpness * c * c),
      ),
    ],
  });
}

/** A white page with bars: black for an A, grey for a space, each 40 pixels wide and 30 high. */
export function drawBars(lines: readonly string[], width = 640): { width: number; height: number; data: Uint8Array } {
  const height = 80 * lines.length + 40;
  const data = new Uint8Array(width * height * 3).fill(255);
  for (const [index, line] of lines.entries()) {
    for (const [place, letter] of [...line].entries()) {
      const value = letter === 'A' ? 0 : 128;
      for (let y = 40 + 80 * index; y < 70 + 80 * index; y += 1)
        data.fill(value, (y * width + 40 + 40 * place) * 3, (y * width + 80 + 40 * place) * 3);
    }
  }
  return { width, height, data };
}
