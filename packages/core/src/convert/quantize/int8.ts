import type { ErrorSums } from './error-report.ts';
import type { WeightMatrix } from './weight-matrix.ts';

/** A matrix in 8 bits: weight[row, column] is about values[column, row] x scales[row]. */
export interface Int8Matrix {
  /** [columns, rows]: the order that ONNX Runtime's integer product takes. */
  readonly values: Int8Array<ArrayBuffer>;
  /** One per row (output). */
  readonly scales: Float32Array<ArrayBuffer>;
  readonly sums: ErrorSums;
}

/** Rows and columns of the squares that are transposed at once: 64 rows of 64 bytes, one cache line each. */
const square = 64;

/**
 * Rounds each row to whole multiples of its largest magnitude / `limit`. With 64 no sum of two products with an unsigned byte leaves
 * 16 bits, which CPUs without VNNI would cut off.
 */
export async function quantizeInt8(
  weight: WeightMatrix,
  limit: 64 | 127,
  rowScale?: Float32Array,
  columnScale?: Float32Array,
): Promise<Int8Matrix> {
  const { rows, columns } = weight;
  const values = new Int8Array(rows * columns);
  const scales = new Float32Array(rows);
  let error = 0;
  let sum = 0;
  for await (const block of weight.floatBlocks(rowScale, columnScale)) {
    const rounded = new Int8Array(block.values.length);
    for (let row = 0; row < block.rows; row += 1) {
      const begin = row * columns;
      const source = block.values.subarray(begin, begin + columns);
      const part = roundRow(source, rounded.subarray(begin, begin + columns), limit);
      scales[block.firstRow + row] = part.scale;
      error += part.error;
      sum += part.weight;
    }
    transposeInto(values, rounded, { rows: block.rows, columns, firstRow: block.firstRow, totalRows: rows });
  }
  return { values, scales, sums: { error, weight: sum } };
}

function roundRow(source: Float32Array, target: Int8Array, limit: number): ErrorSums & { readonly scale: number } {
  let largest = 0;
  for (let i = 0; i < source.length; i += 1) largest = Math.max(largest, Math.abs(source[i] as number));
  const scale = Math.fround(largest / limit);
  const inverse = scale === 0 ? 0 : 1 / scale; // a row of zeros stays zeros
  let error = 0;
  let weight = 0;
  for (let i = 0; i < source.length; i += 1) {
    const value = source[i] as number;
    const whole = Math.max(-limit, Math.min(limit, Math.round(value * inverse)));
    target[i] = whole;
    error += (value - whole * scale) ** 2;
    weight += value * value;
  }
  return { scale, error, weight };
}

function transposeInto(
  target: Int8Array,
  block: Int8Array,
  {
    rows,
    columns,
    firstRow,
    totalRows,
  }: { readonly rows: number; readonly columns: number; readonly firstRow: number; readonly totalRows: number },
): void {
  for (let top = 0; top < rows; top += square) {
    const bottom = Math.min(rows, top + square);
    for (let left = 0; left < columns; left += square) {
      const right = Math.min(columns, left + square);
      for (let column = left; column < right; column += 1) {
        const place = column * totalRows + firstRow;
        for (let row = top; row < bottom; row += 1) target[place + row] = block[row * columns + column] as number;
      }
    }
  }
}
