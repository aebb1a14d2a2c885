import type { ErrorSums } from './error-report.ts';
import type { WeightMatrix } from './weight-matrix.ts';

/** Weights that share a scale. */
export const int8Block = 32;

/** A matrix in 8 bits in blocks, laid out as the operator MatMulNBits wants it: weight is about (byte - 128) x scale. */
export interface Int8BlockMatrix {
  /** [rows, blocks, 32]. */
  readonly values: Uint8Array<ArrayBuffer>;
  /** [rows, blocks]. */
  readonly scales: Float32Array<ArrayBuffer>;
  readonly sums: ErrorSums;
}

/** Rounds blocks of 32 weights of a row to whole multiples of their largest magnitude / 127. */
export async function quantizeInt8Blocks(weight: WeightMatrix, rowScale?: Float32Array): Promise<Int8BlockMatrix> {
  const { rows, columns } = weight;
  const blocks = Math.ceil(columns / int8Block);
  const values = new Uint8Array(rows * blocks * int8Block).fill(128);
  const scales = new Float32Array(rows * blocks);
  let error = 0;
  let sum = 0;
  for await (const part of weight.floatBlocks(rowScale)) {
    for (let row = 0; row < part.rows; row += 1) {
      for (let block = 0; block < blocks; block += 1) {
        const begin = row * columns + block * int8Block;
        const end = Math.min(begin + int8Block, (row + 1) * columns);
        let largest = 0;
        for (let i = begin; i < end; i += 1) largest = Math.max(largest, Math.abs(part.values[i] as number));
        const scale = Math.fround(largest / 127);
        const inverse = scale === 0 ? 0 : 1 / scale;
        const at = (part.firstRow + row) * blocks + block;
        scales[at] = scale;
        for (let i = begin; i < end; i += 1) {
          const value = part.values[i] as number;
          const whole = Math.max(-127, Math.min(127, Math.round(value * inverse)));
          values[at * int8Block + i - begin] = whole + 128;
          error += (value - whole * scale) ** 2;
          sum += value * value;
        }
      }
    }
  }
  return { values, scales, sums: { error, weight: sum } };
}
