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
 * `input`: where it is written, all of it.
 */
export function makeLineInput(
  page: Raster,
  box: LineBox,
  width: number,
  height: number = lineHeight,
  input: Float32Array<ArrayBuffer> = new Float32Array(3 * width * height),
): Float32Array<ArrayBuffer> {
  const plane = width * height;
  const samples = Math.max(1, Math.min(4, Math.round(sidesOf(box).height / height)));
  const weight = 1 / (samples * samples * 127.5);
  const places = planPlaces(box, width, samples);
  const sums = new Float64Array(3 * width);
  for (let y = 0; y < height; y += 1) {
    sums.fill(0);
    for (let part = 0; part < samples; part += 1) addRow(page, places, (y + (part + 0.5) / samples) / height, sums);
    const row = y * width;
    for (let x = 0; x < width; x += 1) {
      input[row + x] = (sums[3 * x + 2] as number) * weight - 1;
      input[row + x + plane] = (sums[3 * x + 1] as number) * weight - 1;
      input[row + x + 2 * plane] = (sums[3 * x] as number) * weight - 1;
    }
  }
  return input;
}

/** Where the columns of a picture begin at the box's upper side, and how far it is from there to the lower side; page pixels, several places a column. */
interface Places {
  readonly topX: Float64Array;
  readonly topY: Float64Array;
  readonly downX: Float64Array;
  readonly downY: Float64Array;
  /** Places a column. */
  readonly samples: number;
}

function planPlaces([a, b, c, d]: LineBox, width: number, samples: number): Places {
  const count = width * samples;
  const [topX, topY] = [new Float64Array(count), new Float64Array(count)];
  const [downX, downY] = [new Float64Array(count), new Float64Array(count)];
  for (let index = 0; index < count; index += 1) {
    const u = (index + 0.5) / count;
    const [x, y] = [a[0] + (b[0] - a[0]) * u, a[1] + (b[1] - a[1]) * u];
    topX[index] = x;
    topY[index] = y;
    downX[index] = d[0] + (c[0] - d[0]) * u - x;
    downY[index] = d[1] + (c[1] - d[1]) * u - y;
  }
  return { topX, topY, downX, downY, samples };
}

/** Adds the colours at one height of the box, 0 above to 1 below, to the sums of its columns: each colour is mixed from the four pixels around its place. */
function addRow({ data, width, height }: Raster, { topX, topY, downX, downY, samples }: Places, v: number, sums: Float64Array): void {
  const lastX = width - 1;
  const lastY = height - 1;
  for (let index = 0, column = 0; index < topX.length; column += 3) {
    let red = sums[column] as number;
    let green = sums[column + 1] as number;
    let blue = sums[column + 2] as number;
    for (const end = index + samples; index < end; index += 1) {
      const x = (topX[index] as number) + (downX[index] as number) * v - 0.5;
      const y = (topY[index] as number) + (downY[index] as number) * v - 0.5;
      // Nearly all places lie inside, where cutting a fraction off is cheap.
      const isInside = x >= 0 && y >= 0 && x < lastX && y < lastY;
      const left = isInside ? x | 0 : Math.max(0, Math.min(lastX, Math.floor(x)));
      const top = isInside ? y | 0 : Math.max(0, Math.min(lastY, Math.floor(y)));
      const shareX = isInside ? x - left : Math.max(0, Math.min(1, x - left));
      const shareY = isInside ? y - top : Math.max(0, Math.min(1, y - top));
      const w00 = (1 - shareX) * (1 - shareY);
      const w01 = shareX * (1 - shareY);
      const w10 = (1 - shareX) * shareY;
      const w11 = shareX * shareY;
      const at = (top * width + left) * 3;
      const right = left < lastX ? at + 3 : at;
      const below = top < lastY ? at + 3 * width : at;
      const across = below + right - at;
      red += w00 * (data[at] as number) + w01 * (data[right] as number) + w10 * (data[below] as number) + w11 * (data[across] as number);
      green +=
        w00 * (data[at + 1] as number) +
        w01 * (data[right + 1] as number) +
        w10 * (data[below + 1] as number) +
        w11 * (data[across + 1] as number);
      blue +=
        w00 * (data[at + 2] as number) +
        w01 * (data[right + 2] as number) +
        w10 * (data[below + 2] as number) +
        w11 * (data[across + 2] as number);
    }
    sums[column] = red;
    sums[column + 1] = green;
    sums[column + 2] = blue;
  }
}
