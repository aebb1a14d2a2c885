import type { LineBox, PageLines } from '@h2ovl/contract';
import { readLines } from '@h2ovl/core/internal/lines/read-lines';
import sharp from 'sharp';
import { type DistortedPage, type Distortion, distortionNames, distortPage } from './distort-page.ts';
import { drawPage, kindNames } from './draw-page.ts';
import type { DrawnPage } from './page-drawing.ts';
import { type ReadLine, type Score, scorePage } from './score-page.ts';

/** A page of the trial. */
export interface TrialPage {
  readonly page: DrawnPage;
  readonly distortion: Distortion;
  readonly seed: number;
}

/** Rules may be tried on pages of the first seeds; those of the second were looked at once, when everything stood. */
export const seedsFrom = { tried: 1000, kept: 5000 } as const;

/** Pages of every kind with every distortion in turn. */
export function* listTrialPages(count: number, firstSeed: number): Iterable<TrialPage> {
  for (let index = 0; index < count; index += 1) {
    const seed = firstSeed + Math.floor(index / kindNames.length);
    const kind = kindNames[index % kindNames.length] as string;
    const distortion = distortionNames[(index + Math.floor(index / kindNames.length)) % distortionNames.length] as Distortion;
    yield { page: drawPage(kind, seed), distortion, seed };
  }
}

export async function makePicture({ page, distortion, seed }: TrialPage): Promise<DistortedPage> {
  return distortPage(page, distortion, seed);
}

/** The pixels of a picture: 8-bit RGB. */
export async function pixelsOf(picture: Buffer): Promise<{ readonly width: number; readonly height: number; readonly data: Uint8Array }> {
  const { data, info } = await sharp(picture, { limitInputPixels: false })
    .flatten({ background: '#fff' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels === 3) return { width, height, data };
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < rgb.length; at += 1) rgb[at] = data[Math.trunc(at / 3) * channels] as number;
  return { width, height, data: rgb };
}

export async function readAndScore(
  { page }: TrialPage,
  picture: DistortedPage,
): Promise<{ readonly score: Score; readonly read: PageLines }> {
  const pixels = await pixelsOf(picture.png);
  const start = performance.now();
  const read = await readLines(pixels);
  const ms = performance.now() - start;
  return { score: scorePage(page, picture, read.text, read.lines.map(asReadLine), ms), read };
}

function asReadLine({ text, box }: { readonly text: string; readonly box: LineBox }): ReadLine {
  const [x, y] = [0, 1].map((axis) => box.reduce((sum, corner) => sum + (corner[axis] as number), 0) / 4) as [number, number];
  return { text, x, y };
}
