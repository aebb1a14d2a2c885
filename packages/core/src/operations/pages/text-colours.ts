import type { PageLines } from '@h2ovl/contract';
import { boundsOf } from '../../lines/geometry.ts';
import type { Raster } from '../../tiles/raster.ts';

/** Lines that are looked at; the longest say most. */
const mostLines = 60;
/** Pixels of a line that are looked at. */
const mostSamples = 4000;
/** Of 255: closer to each other, text and ground tell nothing. */
const leastContrast = 16;

/**
 * Whether most of the text, by the length of its lines, is light on a dark ground. Where letters stand, most of a line's box is ground: its median is the
 * ground's brightness, and its mean lies towards the letters.
 */
export function isLightOnDark(page: Raster, { lines }: PageLines): boolean {
  let [light, all] = [0, 0];
  const longest = [...lines].sort((a, b) => b.text.length - a.text.length).slice(0, mostLines);
  for (const { box, text } of longest) {
    const tone = toneOf(page, box);
    if (tone === undefined) continue;
    all += text.length;
    if (tone === 'light-on-dark') light += text.length;
  }
  return light > all / 2;
}

function toneOf(page: Raster, box: PageLines['lines'][number]['box']): 'light-on-dark' | 'dark-on-light' | undefined {
  const bounds = boundsOf(box);
  const [left, top] = [Math.max(0, Math.floor(bounds.left)), Math.max(0, Math.floor(bounds.top))];
  const [right, bottom] = [Math.min(page.width, Math.ceil(bounds.right)), Math.min(page.height, Math.ceil(bounds.bottom))];
  if (right <= left || bottom <= top) return undefined;
  const step = Math.max(1, Math.floor(Math.sqrt(((right - left) * (bottom - top)) / mostSamples)));
  const values: number[] = [];
  for (let y = top; y < bottom; y += step) {
    for (let x = left; x < right; x += step) {
      const at = (y * page.width + x) * 3;
      values.push(0.299 * (page.data[at] as number) + 0.587 * (page.data[at + 1] as number) + 0.114 * (page.data[at + 2] as number));
    }
  }
  values.sort((a, b) => a - b);
  const ground = values[values.length >> 1] as number;
  const [darkest, lightest] = [values[Math.floor(values.length * 0.02)] as number, values[Math.floor(values.length * 0.98)] as number];
  if (lightest - darkest < leastContrast) return undefined;
  return lightest - ground > ground - darkest ? 'light-on-dark' : 'dark-on-light';
}
