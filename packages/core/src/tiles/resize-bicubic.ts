import { type BicubicTable, makeBicubicTable, weightBits } from './bicubic-table.ts';
import { makePacer, type Pacer } from './make-pacer.ts';
import { makeRaster, type Raster } from './raster.ts';

/** What a resize may be told. */
export interface ResizeOptions {
  /** Stops the work between rows; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Half of the fixed point's unit: rounds the sum to the nearest value. */
const half = 1 << (weightBits - 1);

/**
 * Resizes to `width` x `height` pixels exactly as Pillow 12's `Image.resize` does for RGB (bicubic, bit for bit): the model was trained on those pixels.
 * The aspect ratio is not kept. Gives other work a turn about every 8 ms. Returns `raster` itself when the size is already right.
 */
export async function resizeBicubic(raster: Raster, width: number, height: number, { signal }: ResizeOptions = {}): Promise<Raster> {
  const pacer = makePacer(signal);
  // Pillow 12 shrinks very tall images in height first, to save memory; the rounding in between makes the order visible.
  if (raster.height > 100 * raster.width && height < raster.height) {
    return resizeWidth(await resizeHeight(raster, height, pacer), width, pacer);
  }
  return resizeHeight(await resizeWidth(raster, width, pacer), height, pacer);
}

async function resizeWidth(raster: Raster, width: number, pacer: Pacer): Promise<Raster> {
  if (raster.width === width) return raster;
  const table = await makeBicubicTable(raster.width, width, pacer);
  const target = new Uint8Array(width * raster.height * 3);
  for (let row = 0; row < raster.height; row += 1) {
    resizeRow(raster.data, row * raster.width * 3, target, row * width * 3, table);
    if (pacer.isDue()) await pacer.pause();
  }
  return makeRaster(width, raster.height, target);
}

async function resizeHeight(raster: Raster, height: number, pacer: Pacer): Promise<Raster> {
  if (raster.height === height) return raster;
  const table = await makeBicubicTable(raster.height, height, pacer);
  const target = new Uint8Array(raster.width * height * 3);
  const sums = new Int32Array(raster.width * 3);
  for (let row = 0; row < height; row += 1) {
    mixRows(raster.data, target, row, sums, table);
    if (pacer.isDue()) await pacer.pause();
  }
  return makeRaster(raster.width, height, target);
}

/** One row, one output pixel at a time. The sums fit in 32 bits, so integer multiplication is exact. */
function resizeRow(source: Uint8Array, sourceAt: number, target: Uint8Array, targetAt: number, table: BicubicTable): void {
  const { stride, starts, counts, weights } = table;
  for (let output = 0; output < starts.length; output += 1) {
    let at = sourceAt + (starts[output] as number) * 3;
    const first = output * stride;
    const end = first + (counts[output] as number);
    let red = half;
    let green = half;
    let blue = half;
    for (let tap = first; tap < end; tap += 1) {
      const weight = weights[tap] as number;
      red = (red + Math.imul(weight, source[at] as number)) | 0;
      green = (green + Math.imul(weight, source[at + 1] as number)) | 0;
      blue = (blue + Math.imul(weight, source[at + 2] as number)) | 0;
      at += 3;
    }
    target[targetAt] = toByte(red);
    target[targetAt + 1] = toByte(green);
    target[targetAt + 2] = toByte(blue);
    targetAt += 3;
  }
}

/** One output row: whole input rows are added up, four at a time, which reads memory in order and touches each sum once for four rows. */
function mixRows(source: Uint8Array, target: Uint8Array, row: number, sums: Int32Array, table: BicubicTable): void {
  const { stride, weights } = table;
  const length = sums.length;
  const end = row * stride + (table.counts[row] as number);
  let at = (table.starts[row] as number) * length;
  let tap = row * stride;
  sums.fill(half);
  for (; tap + 3 < end; tap += 4) {
    addFourRows(source, at, sums, weights.subarray(tap, tap + 4));
    at += 4 * length;
  }
  for (; tap < end; tap += 1) {
    const weight = weights[tap] as number;
    for (let index = 0; index < length; index += 1) {
      sums[index] = ((sums[index] as number) + Math.imul(weight, source[at + index] as number)) | 0;
    }
    at += length;
  }
  const targetAt = row * length;
  for (let index = 0; index < length; index += 1) target[targetAt + index] = toByte(sums[index] as number);
}

function addFourRows(source: Uint8Array, first: number, sums: Int32Array, weights: Int32Array): void {
  const length = sums.length;
  const [a, b, c, d] = weights as unknown as readonly [number, number, number, number]; // the caller cut four
  const second = first + length;
  const third = second + length;
  const fourth = third + length;
  for (let index = 0; index < length; index += 1) {
    sums[index] =
      ((sums[index] as number) +
        Math.imul(a, source[first + index] as number) +
        Math.imul(b, source[second + index] as number) +
        Math.imul(c, source[third + index] as number) +
        Math.imul(d, source[fourth + index] as number)) |
      0;
  }
}

function toByte(sum: number): number {
  const value = sum >> weightBits;
  return value < 0 ? 0 : Math.min(value, 255);
}
