import { readFileSync } from 'node:fs';
import type { VisionModel } from '@h2ovl/contract';
import { loadModel } from '@h2ovl/core/internal/answer/load-model';
import { loadSharp } from '@h2ovl/core/internal/documents/load-sharp';
import type { BenchPage } from '../bench-models.ts';
import type { EngineHandlers } from './engine-protocol.ts';
import { watchGaps } from './gap-watch.ts';

export interface PageParams {
  readonly directory: string;
  readonly threads: number;
  readonly page: BenchPage;
}

/** What one page took. */
export interface PageResult {
  readonly totalMs: number;
  readonly visionMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Longest time the event loop was held. */
  readonly gapMs: number;
}

/** The public way: `loadModel`, then `generate` on a page nobody has seen before. `page` reads one, `peakBytes` tells the most memory so far. */
export async function start({ directory, threads, page }: PageParams): Promise<EngineHandlers> {
  const model = await loadModel(directory, { threads });
  const probe = await drawPage(page, 0);
  const question = await fillQuestion(model, probe, page);
  let number = 0;
  const readPage = async (): Promise<PageResult> => {
    number += 1;
    const image = await drawPage(page, number);
    const stopWatching = watchGaps();
    const started = performance.now();
    // The number comes first and the picture differs: no cache can help.
    const { usage, timings } = await model.generate({ prompt: question, images: [image], maxOutputTokens: page.answerTokens });
    const totalMs = performance.now() - started;
    const gapMs = stopWatching();
    if (usage.cachedTokens > 0) throw new Error(`${usage.cachedTokens} tokens of page ${number} came from a cache.`);
    return { totalMs, gapMs, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, ...timings };
  };
  return { page: readPage, peakBytes };
}

/** A page of noise as a PNG: `seed` chooses the pixels. */
async function drawPage({ widthPx, heightPx }: BenchPage, seed: number): Promise<Uint8Array> {
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < pixels.length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    pixels[i] = state >>> 24;
  }
  const sharp = await loadSharp();
  return sharp(pixels, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** A question that, with the page's image, has `promptTokens` tokens or a few more. @throws Error when the page is not cut as planned */
async function fillQuestion(model: VisionModel, image: Uint8Array, { tiles, promptTokens }: BenchPage): Promise<string> {
  const { tokensPerTile } = await model.info();
  let question = 'Read the text in the image.';
  for (;;) {
    const { inputTokens, imageTokens } = await model.countTokens({ prompt: question, images: [image] });
    if (imageTokens !== tiles * tokensPerTile) {
      throw new Error(`The page has ${imageTokens} image tokens; ${tiles} tiles have ${tiles * tokensPerTile}.`);
    }
    if (inputTokens >= promptTokens) return question;
    question += ' Read.';
  }
}

/** Most memory this process ever had resident, in bytes. */
function peakBytes(): number {
  try {
    // Where it is told, of this program alone; the other counter may hold what the parent had when it forked.
    const peak = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (peak !== undefined) return Number(peak) * 1024;
  } catch {
    // not Linux
  }
  return process.resourceUsage().maxRSS * 1024;
}
