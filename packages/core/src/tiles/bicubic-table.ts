import type { Pacer } from './make-pacer.ts';

/** What one axis of a resize needs: for each output position the first input position, how many follow, and their weights. */
export interface BicubicTable {
  /** Room for the weights of one output position. */
  readonly stride: number;
  /** [outputs] first input position. */
  readonly starts: Int32Array;
  /** [outputs] number of input positions. */
  readonly counts: Int32Array;
  /** [outputs, stride] weights as 22-bit fixed point. */
  readonly weights: Int32Array;
}

/** Bits after the point: 8 bits of value, 2 of headroom for weights above 1, 22 left of 32. */
export const weightBits = 22;

/** The filter reaches two input pixels to each side (more when shrinking, in proportion). */
const reachPx = 2;

/** Computes the weights of one axis as Pillow 12 does, operation by operation: any other order of the same sums changes last bits. */
export async function makeBicubicTable(inputSize: number, outputSize: number, pacer: Pacer): Promise<BicubicTable> {
  const scale = inputSize / outputSize;
  const filterScale = Math.max(scale, 1);
  const support = reachPx * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const table: BicubicTable = {
    stride,
    starts: new Int32Array(outputSize),
    counts: new Int32Array(outputSize),
    weights: new Int32Array(outputSize * stride),
  };
  const scratch = new Float64Array(stride);
  for (let output = 0; output < outputSize; output += 1) {
    const center = (output + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(inputSize, Math.trunc(center + support + 0.5)) - start;
    table.starts[output] = start;
    table.counts[output] = count;
    fillWeights(scratch, table.weights.subarray(output * stride, (output + 1) * stride), {
      start,
      count,
      center,
      inverseScale: 1 / filterScale,
    });
    if (pacer.isDue()) await pacer.pause();
  }
  return table;
}

interface Window {
  readonly start: number;
  readonly count: number;
  readonly center: number;
  readonly inverseScale: number;
}

function fillWeights(scratch: Float64Array, weights: Int32Array, { start, count, center, inverseScale }: Window): void {
  let sum = 0;
  for (let tap = 0; tap < count; tap += 1) {
    const weight = bicubic((start + tap - center + 0.5) * inverseScale);
    scratch[tap] = weight;
    sum += weight;
  }
  for (let tap = 0; tap < count; tap += 1) {
    const weight = (scratch[tap] as number) / sum;
    weights[tap] = Math.trunc(weight * 2 ** weightBits + (weight < 0 ? -0.5 : 0.5));
  }
}

/** The cubic with a = -0.5, in Pillow's form. */
function bicubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * -0.5;
  return 0;
}
