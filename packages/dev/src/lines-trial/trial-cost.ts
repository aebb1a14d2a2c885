import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLines } from '@h2ovl/core/internal/lines/read-lines';
import { drawFortyLines, drawPage } from './draw-page.ts';
import { readWithTesseract } from './read-with-tesseract.ts';
import { makePicture, pixelsOf } from './trial-pages.ts';

/** Pages of 40 lines whose time is taken, in turn by both readers. */
const timedPages = 8;
/** The first pages open the networks and fill the memory that stays. */
const warmPages = 20;

interface CostOptions {
  readonly repeat: number;
  readonly withTesseract: boolean;
  readonly say: (text: string) => void;
}

/** Time of a page of 40 lines beside Tesseract's in the same run, memory, and its slope over many pages. */
export async function sayCost({ repeat, withTesseract, say }: CostOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-trial-'));
  const file = join(folder, 'page.png');
  const times = { lines: [] as number[], tesseract: [] as number[] };
  try {
    for (let index = 0; index <= timedPages; index += 1) {
      const { png } = await makePicture({ page: drawFortyLines(index), distortion: 'clean', seed: index });
      const pixels = await pixelsOf(png);
      const own = await timed(() => readLines(pixels));
      if (index > 0) times.lines.push(own);
      if (!withTesseract || index === 0) continue; // the first page opens the networks
      writeFileSync(file, png);
      times.tesseract.push(await timed(() => readWithTesseract(file)));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  say(`\nA page of 40 lines, median of ${timedPages}: lines ${describeTimes(times.lines)}; tesseract ${describeTimes(times.tesseract)}`);
  await sayMemory(repeat, say);
}

async function sayMemory(repeat: number, say: (text: string) => void): Promise<void> {
  const resident: number[] = [];
  const pages: Awaited<ReturnType<typeof pixelsOf>>[] = [];
  for (const kind of ['receipt', 'label', 'form', 'screen']) {
    pages.push(await pixelsOf((await makePicture({ page: drawPage(kind, 1), distortion: 'clean', seed: 1 })).png));
  }
  for (let index = 0; index < repeat; index += 1) {
    await readLines(pages[index % pages.length] as (typeof pages)[number]);
    if (index >= warmPages) resident.push(process.memoryUsage.rss() / 1e6);
  }
  if (resident.length < 2) return;
  say(
    `${repeat} pages: ${(resident[0] as number).toFixed(0)} MB after ${warmPages}, ${(resident.at(-1) as number).toFixed(0)} at the end, ${Math.max(...resident).toFixed(0)} at most; slope ${(slopeOf(resident) * 1000).toFixed(1)} MB in 1,000 pages`,
  );
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function describeTimes(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const [least, median, most] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  if (least === undefined || median === undefined || most === undefined) return 'not measured';
  return `${(median / 1000).toFixed(2)} s (${(least / 1000).toFixed(2)} to ${(most / 1000).toFixed(2)})`;
}

/** Of the straight line through values that are one apart. */
function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [up, across] = [0, 0];
  for (const [index, value] of values.entries()) {
    up += (index - middle) * (value - mean);
    across += (index - middle) ** 2;
  }
  return up / across;
}
