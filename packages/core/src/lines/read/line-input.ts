import type { LineBox } from '@h2ovl/contract';
import type { Raster } from '../../tiles/raster.ts';
import { sidesOf } from '../geometry.ts';

/** The height of every line's picture: what the recogniser was trained with. */
export const lineHeight = 48;
/** Widths are multiples of this, so that every recogniser's columns come out even. */
const widthMultiple = 8;
const narrowestInput = 16;

/** The width at which a box is read; `stretch` widens it. */
export function inputWidth(box: LineBox, stretch = 1): number {
  const { width, height } = sidesOf(box);
  const natural = (stretch * lineHeight * width) / Math.max(1, height);
  return Math.max(narrowestInput, Math.round(natural / widthMultiple) * widthMultiple);
}

/**
 * The picture of a line as the recogniser's input: [3, height, width], blue, green and red planes, (byte / 255 - 0.5) / 0.5. The box may lie in any
 * direction and stick out of the page, whose border is then repeated. Where the line is much larger than the picture, several places are averaged.
 */
export function makeLineInput(page: Raster, box: LineBox, width: number, height: number = lineHeight): Float32Array<ArrayBuffer> {
  const [a, b, c, d] = box;
  const plane = width * height;
  const input = new Float32Array(3 * plane);
  const samples = Math.max(1, Math.min(4, Math.round(sidesOf(box).height / height)));
  const weight = 1 / (samples * samples * 127.5);
  const sum = new Float64Array(3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      sum.fill(0);
      for (let sample = 0; sample < samples * samples; sample += 1) {
        const u = (x + ((sample % samples) + 0.5) / samples) / width;
        const v = (y + (Math.trunc(sample / samples) + 0.5) / samples) / height;
        const topX = a[0] + (b[0] - a[0]) * u;
        const topY = a[1] + (b[1] - a[1]) * u;
        addPixel(page, topX + (d[0] + (c[0] - d[0]) * u - topX) * v - 0.5, topY + (d[1] + (c[1] - d[1]) * u - topY) * v - 0.5, sum);
      }
      const at = y * width + x;
      input[at] = (sum[2] as number) * weight - 1;
      input[at + plane] = (sum[1] as number) * weight - 1;
      input[at + 2 * plane] = (sum[0] as number) * weight - 1;
    }
  }
  return input;
}

/** Adds the colour between four pixels. */
function addPixel({ data, width, height }: Raster, x: number, y: number, sum: Float64Array): void {
  const left = Math.max(0, Math.min(width - 1, Math.floor(x)));
  const top = Math.max(0, Math.min(height - 1, Math.floor(y)));
  const right = left + 1 < width ? 3 : 0;
  const below = top + 1 < height ? width * 3 : 0;
  const shareX = Math.max(0, Math.min(1, x - left));
  const shareY = Math.max(0, Math.min(1, y - top));
  const at = (top * width + left) * 3;
  const w00 = (1 - shareX) * (1 - shareY);
  const w01 = shareX * (1 - shareY);
  const w10 = (1 - shareX) * shareY;
  const w11 = shareX * shareY;
  for (let channel = 0; channel < 3; channel += 1) {
    const from = at + channel;
    sum[channel] =
      (sum[channel] as number) +
      w00 * (data[from] as number) +
      w01 * (data[from + right] as number) +
      w10 * (data[from + below] as number) +
      w11 * (data[from + right + below] as number);
  }
}
