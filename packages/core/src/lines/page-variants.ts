import { makeRaster, type Raster } from '../tiles/raster.ts';

/** Pixels looked at to judge the brightness of a page. */
const sampledPixels = 400_000;
/** Share of the pixels at either end that do not count: dust and dead pixels. */
const outliers = 0.0005;
/** Pages with less between their darkest and their brightest pixels are pale, or dim; with less than the second number there is nothing to see. */
const paleRange = 100;
const blankRange = 5;

/** A pale or dim page with its brightness spread over the whole range; any other page as it is. */
export function spreadBrightness(page: Raster): Raster {
  const { low, high } = brightnessOf(page);
  if (high - low >= paleRange || high - low < blankRange) return page;
  const table = Uint8ClampedArray.from({ length: 256 }, (_, value) => ((value - low) * 255) / (high - low));
  return makeRaster(
    page.width,
    page.height,
    page.data.map((value) => table[value] as number),
  );
}

function brightnessOf({ data, width, height }: Raster): { readonly low: number; readonly high: number } {
  const counts = new Uint32Array(256);
  const pixels = width * height;
  const step = Math.max(1, Math.floor(pixels / sampledPixels));
  let total = 0;
  for (let pixel = 0; pixel < pixels; pixel += step) {
    const at = pixel * 3;
    const brightness = (54 * (data[at] as number) + 183 * (data[at + 1] as number) + 19 * (data[at + 2] as number)) >> 8;
    counts[brightness] = (counts[brightness] as number) + 1;
    total += 1;
  }
  const skipped = total * outliers;
  return { low: firstAbove(counts, skipped), high: 255 - firstAbove(counts.toReversed(), skipped) };
}

function firstAbove(counts: Uint32Array, skipped: number): number {
  let sum = 0;
  return counts.findIndex((count) => {
    sum += count;
    return sum > skipped;
  });
}

/** A page that may read better than the one given, and how large it is beside it. */
export interface Variant {
  readonly name: 'blurred' | 'halved' | 'sharpened';
  readonly make: (page: Raster) => Raster;
  readonly scale: number;
}

/** What is tried on pages that read badly: noise wants blurring or halving, blur wants sharpening. */
export const variants: readonly Variant[] = [
  { name: 'blurred', make: (page) => blur(page, 1), scale: 1 },
  { name: 'halved', make: halve, scale: 0.5 },
  { name: 'sharpened', make: (page) => sharpen(page, 1.5), scale: 1 },
];

function halve(page: Raster): Raster {
  const [width, height] = [Math.max(1, page.width >> 1), Math.max(1, page.height >> 1)];
  const row = page.width * 3;
  const right = page.width > 1 ? 3 : 0;
  const below = page.height > 1 ? row : 0;
  const target = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let at = 2 * y * row + 6 * x, end = at + 3; at < end; at += 1, to += 1) {
        const sum = (page.data[at] as number) + (page.data[at + right] as number) + (page.data[at + below] as number);
        target[to] = (sum + (page.data[at + right + below] as number) + 2) >> 2;
      }
    }
  }
  return makeRaster(width, height, target);
}

function sharpen(page: Raster, sigma: number): Raster {
  const soft = blur(page, sigma).data;
  const sharp = new Uint8ClampedArray(soft.length);
  for (let at = 0; at < soft.length; at += 1) sharp[at] = 3 * (page.data[at] as number) - 2 * (soft[at] as number);
  return makeRaster(page.width, page.height, new Uint8Array(sharp.buffer));
}

function blur(page: Raster, sigma: number): Raster {
  const weights = gauss(sigma);
  const row = page.width * 3;
  const across = blurLines(page.data, { lines: page.height, lineStep: row, length: page.width, step: 3 }, weights);
  return makeRaster(
    page.width,
    page.height,
    blurLines(across, { lines: page.width, lineStep: 3, length: page.height, step: row }, weights),
  );
}

function gauss(sigma: number): Float32Array {
  const reach = Math.ceil(2.5 * sigma);
  const weights = Float32Array.from({ length: 2 * reach + 1 }, (_, index) => Math.exp(-((index - reach) ** 2) / (2 * sigma * sigma)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

interface Walk {
  readonly lines: number;
  readonly lineStep: number;
  readonly length: number;
  readonly step: number;
}

function blurLines(source: Uint8Array, { lines, lineStep, length, step }: Walk, weights: Float32Array): Uint8Array {
  const target = new Uint8Array(source.length);
  const reach = weights.length >> 1;
  for (let line = 0; line < lines; line += 1) {
    for (let at = 0; at < length; at += 1) {
      let [red, green, blue] = [0.5, 0.5, 0.5];
      for (let tap = -reach; tap <= reach; tap += 1) {
        const from = line * lineStep + Math.min(length - 1, Math.max(0, at + tap)) * step;
        const weight = weights[tap + reach] as number;
        red += weight * (source[from] as number);
        green += weight * (source[from + 1] as number);
        blue += weight * (source[from + 2] as number);
      }
      const to = line * lineStep + at * step;
      target[to] = red;
      target[to + 1] = green;
      target[to + 2] = blue;
    }
  }
  return target;
}
