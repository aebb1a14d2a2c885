import { readFileSync } from 'node:fs';
import type { VisionModel } from '@h2ovl/contract';
import { loadModel } from '@h2ovl/core/internal/answer/load-model';
import { closeLineReader, readLines } from '@h2ovl/core/internal/lines/read-lines';
import { readDocument } from '@h2ovl/core/internal/operations/read-document';
import { drawFortyLines } from '../../lines-trial/draw-page.ts';
import { makePicture, pixelsOf } from '../../lines-trial/trial-pages.ts';
import type { EngineHandlers } from './engine-protocol.ts';
import type { LanguageParams } from './language-engine.ts';
import { peakBytes } from './peak-bytes.ts';

/** Whether the line reader is closed before the model reads. */
export interface DocumentQuestion {
  readonly closesLines: boolean;
}

/** What reading a page took, in bytes of this process. */
export interface DocumentResult {
  /** Resident when the model was loaded. */
  readonly loaded: number;
  /** Resident when the lines had been read, and the reader closed where it is. */
  readonly withLines: number;
  /** Most of all, from the start. */
  readonly peak: number;
  readonly draftedTokens: number;
}

const answerTokens = 100;

/** A page of 40 lines as users read it: lines, tiles in 8 bits or not as the model has them, prompt, drafted answer. A fresh process for each: the peak is of one page. */
export async function start({ directory, threads }: LanguageParams): Promise<EngineHandlers> {
  const { png } = await makePicture({ page: drawFortyLines(1), distortion: 'clean', seed: 1 });
  const model = await loadModel(directory, { threads });
  const loaded = residentBytes();
  return {
    document: async ({ closesLines }: DocumentQuestion): Promise<DocumentResult> => {
      const lines = await readLines(await pixelsOf(png));
      if (closesLines) await closeLineReader();
      const withLines = residentBytes();
      const draftedTokens = closesLines ? await readClosed(model, png, lines.text) : await readOpen(model, png);
      return { loaded, withLines, peak: peakBytes(), draftedTokens };
    },
  };
}

/** As the product does it. */
async function readOpen(model: VisionModel, png: Uint8Array): Promise<number> {
  let drafted = 0;
  for await (const page of readDocument(png, { model, maxOutputTokens: answerTokens, retry: false, mode: 'model' })) {
    if (page.error !== undefined) throw page.error;
    drafted += page.work?.usage.draftedTokens ?? 0;
  }
  return drafted;
}

async function readClosed(model: VisionModel, png: Uint8Array, draftText: string): Promise<number> {
  const { usage } = await model.generate({
    prompt: 'Read the text in the image.',
    images: [png],
    maxOutputTokens: answerTokens,
    draftText,
    pageText: draftText,
  });
  return usage.draftedTokens ?? 0;
}

/** Memory that this process has resident now. */
function residentBytes(): number {
  try {
    const now = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (now !== undefined) return Number(now) * 1024;
  } catch {
    // not Linux
  }
  return process.memoryUsage.rss();
}
