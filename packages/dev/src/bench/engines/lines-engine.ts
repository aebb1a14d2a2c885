import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLines } from '@h2ovl/core/internal/lines/read-lines';
import { drawFortyLines } from '../../lines-trial/draw-page.ts';
import { readWithTesseract } from '../../lines-trial/read-with-tesseract.ts';
import { findTesseract } from '../../lines-trial/tesseract-shell.ts';
import { makePicture, pixelsOf } from '../../lines-trial/trial-pages.ts';
import type { EngineHandlers } from './engine-protocol.ts';
import { peakBytes } from './peak-bytes.ts';

/** The lines of pages of 40 lines. `lines` reads one and tells the milliseconds, `tesseract` the last of them again, as a program of its own (null where it is not installed). */
export async function start(): Promise<EngineHandlers> {
  let number = 0;
  let png = await draw(number);
  await readLines(await pixelsOf(png)); // opens the networks
  const version = await findTesseract();
  return {
    lines: async (): Promise<number> => {
      number += 1;
      png = await draw(number);
      const pixels = await pixelsOf(png);
      return timed(() => readLines(pixels));
    },
    tesseract: async (): Promise<number | null> => {
      if (version === undefined) return null;
      const folder = mkdtempSync(join(tmpdir(), 'h2ovl-bench-'));
      try {
        const file = join(folder, 'page.png');
        writeFileSync(file, png);
        return await timed(() => readWithTesseract(file));
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    peakBytes,
  };
}

async function draw(number: number): Promise<Buffer> {
  return (await makePicture({ page: drawFortyLines(number), distortion: 'clean', seed: number })).png;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
