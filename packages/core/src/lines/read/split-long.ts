import type { LineBox } from '@h2ovl/contract';
import type { Raster } from '../../tiles/raster.ts';
import { cutLength } from '../geometry.ts';
import { inputWidth, lineHeight, makeLineInput } from './line-input.ts';

/** Pixels of a line's picture that are read at once. Longer ones are read as well, but not faster. */
const longestInput = 1600;
/** Blanks are looked for in a picture of this height, rows 3 to 21 of it. */
const sketchHeight = lineHeight / 2;
const [firstRow, lastRow] = [3, 21];

/** Cuts a box that is very long for its height at its widest blanks. */
export function splitLong(page: Raster, box: LineBox): LineBox[] {
  const width = inputWidth(box);
  if (width <= longestInput) return [box];
  const sketchWidth = Math.round(width / 2);
  const contrast = contrastOf(makeLineInput(page, box, sketchWidth, sketchHeight), sketchWidth);
  const cuts = [0, ...findCuts(contrast, longestInput / 2), sketchWidth];
  return cuts.slice(1).map((to, index) => cutLength(box, (cuts[index] as number) / sketchWidth, to / sketchWidth));
}

/** How much light and dark differ in each column. */
function contrastOf(input: Float32Array, width: number): Float32Array {
  const plane = width * sketchHeight;
  const contrast = new Float32Array(width);
  for (let x = 0; x < width; x += 1) {
    let [least, most] = [Infinity, -Infinity];
    for (let y = firstRow; y < lastRow; y += 1) {
      const at = y * width + x;
      const value = (input[at] as number) + (input[at + plane] as number) + (input[at + 2 * plane] as number);
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    contrast[x] = most - least;
  }
  return contrast;
}

/** Each part is at most `most` long, and cut in the middle of the widest run without contrast in its second half. */
function findCuts(contrast: Float32Array, most: number): number[] {
  const sorted = Float32Array.from(contrast).sort();
  const [low, high] = [sorted[Math.floor(sorted.length * 0.05)] as number, sorted[Math.floor(sorted.length * 0.8)] as number];
  const blank = low + 0.25 * (high - low);
  const cuts: number[] = [];
  let from = 0;
  while (contrast.length - from > most) {
    from = widestBlank(contrast, blank, Math.floor(from + most * 0.5), Math.floor(from + most)) ?? Math.floor(from + most * 0.95);
    cuts.push(from);
  }
  return cuts;
}

function widestBlank(contrast: Float32Array, blank: number, from: number, to: number): number | undefined {
  let best: number | undefined;
  let widest = 0;
  let run = 0;
  for (let x = from; x < to; x += 1) {
    run = (contrast[x] as number) <= blank ? run + 1 : 0;
    if (run > widest) [widest, best] = [run, x - run / 2];
  }
  return best;
}
