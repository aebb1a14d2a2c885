import { loadModel } from '@h2ovl/core/internal/answer/load-model';
import type { BenchPage } from '../bench-models.ts';
import type { EngineHandlers } from './engine-protocol.ts';
import { type LoopGaps, watchGaps } from './gap-watch.ts';
import { drawPage, fillQuestion } from './page-drawing.ts';
import { peakBytes } from './peak-bytes.ts';

export interface PageParams {
  readonly directory: string;
  readonly threads: number;
  readonly page: BenchPage;
}

/** What one page took. */
export interface PageResult extends LoopGaps {
  readonly totalMs: number;
  readonly visionMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
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
    const gaps = stopWatching();
    if (usage.cachedTokens > 0) throw new Error(`${usage.cachedTokens} tokens of page ${number} came from a cache.`);
    return { totalMs, ...gaps, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, ...timings };
  };
  return { page: readPage, peakBytes };
}
