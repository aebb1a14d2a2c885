import type { Raster, Region } from '../../tiles/raster.ts';

/** The detector was trained on blue, green, red with these means and deviations, in this order. */
const means = [0.485, 0.456, 0.406] as const;
const deviations = [0.229, 0.224, 0.225] as const;

/** [3 * 256]: what a byte becomes in each plane, as slope and offset would, but for sums that are no whole numbers. */
const slopes = deviations.map((deviation) => 1 / 255 / deviation);
const offsets = means.map((mean, plane) => -mean / (deviations[plane] as number));

/** Which part of a line of source pixels each target pixel covers: the source pixels from `first`, each with its share. */
interface Coverage {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** [target, stride] */
  readonly shares: Float32Array;
  readonly stride: number;
}

/**
 * A region of the page as the detector's input: [3, height, width], blue, green and red planes, normalised. Each value is the mean of the pixels
 * that it covers, so that thin strokes stay visible in small pictures. `input`: where it is written, all of it.
 */
export function makeDetectorInput(
  page: Raster,
  region: Region,
  width: number,
  height: number,
  input: Float32Array<ArrayBuffer> = new Float32Array(3 * width * height),
): Float32Array<ArrayBuffer> {
  const columns = coverage(region.width, width);
  const rows = coverage(region.height, height);
  const sums = new Float32Array((region.width + columns.stride) * 3);
  for (let y = 0; y < height; y += 1) {
    mixRows(page, region, rows, y, sums);
    mixColumns(sums, columns, input, y * width, width * height);
  }
  return input;
}

function coverage(source: number, target: number): Coverage {
  const scale = source / target;
  const stride = Math.ceil(scale) + 1;
  const first = new Int32Array(target);
  const count = new Int32Array(target);
  const shares = new Float32Array(target * stride);
  for (let index = 0; index < target; index += 1) {
    const from = index * scale;
    const to = Math.min(source, from + scale);
    const start = Math.min(source - 1, Math.floor(from));
    first[index] = start;
    let taken = 0;
    for (let at = start; at < to && taken < stride; at += 1) {
      const share = Math.min(at + 1, to) - Math.max(at, from);
      if (share <= 1e-6) continue;
      shares[index * stride + taken] = share / (to - from);
      taken += 1;
    }
    count[index] = taken;
  }
  return { first, count, shares, stride };
}

/** The mean of the source rows that a target row covers; the first two of them, which are most, in one pass. */
function mixRows(page: Raster, region: Region, rows: Coverage, y: number, sums: Float32Array): void {
  const { data, width } = page;
  const { first, count, shares, stride } = rows;
  const length = region.width * 3;
  const step = width * 3;
  const taps = count[y] as number;
  const start = ((region.top + (first[y] as number)) * width + region.left) * 3;
  const share = (tap: number): number => shares[y * stride + tap] as number;
  if (taps === 1) addRow(data, start, share(0), 0, sums, length);
  else addTwoRows(data, start, step, share(0), share(1), sums, length);
  for (let tap = 2; tap < taps; tap += 1) addRow(data, start + tap * step, share(tap), 1, sums, length);
}

/** `before`: 1 adds to what is there, 0 takes its place. */
function addRow(data: Uint8Array, from: number, share: number, before: 0 | 1, sums: Float32Array, length: number): void {
  for (let index = 0; index < length; index += 1) {
    sums[index] = before * (sums[index] as number) + share * (data[from + index] as number);
  }
}

function addTwoRows(
  data: Uint8Array,
  from: number,
  step: number,
  share: number,
  nextShare: number,
  sums: Float32Array,
  length: number,
): void {
  const next = from + step;
  for (let index = 0; index < length; index += 1) {
    sums[index] = share * (data[from + index] as number) + nextShare * (data[next + index] as number);
  }
}

function mixColumns(sums: Float32Array, columns: Coverage, input: Float32Array, to: number, plane: number): void {
  const { first, shares, stride } = columns;
  const [slope0, slope1, slope2] = slopes as [number, number, number];
  const [offset0, offset1, offset2] = offsets as [number, number, number];
  for (let x = 0; x < first.length; x += 1) {
    let red = 0;
    let green = 0;
    let blue = 0;
    let at = (first[x] as number) * 3;
    // Shares behind those that count are 0: as many steps for every pixel are faster than the fewest.
    for (let tap = x * stride, end = tap + stride; tap < end; tap += 1, at += 3) {
      const share = shares[tap] as number;
      red += share * (sums[at] as number);
      green += share * (sums[at + 1] as number);
      blue += share * (sums[at + 2] as number);
    }
    input[to + x] = blue * slope0 + offset0;
    input[to + x + plane] = green * slope1 + offset1;
    input[to + x + 2 * plane] = red * slope2 + offset2;
  }
}
