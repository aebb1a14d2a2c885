import { loadModel } from '@h2ovl/core/internal/answer/load-model';
import { gpuChoice } from '@h2ovl/core/internal/runtime/devices/device-facts';
import { knowDevice } from '@h2ovl/core/internal/runtime/devices/know-device';
import type { BenchPage } from '../bench-models.ts';
import type { EngineHandlers } from './engine-protocol.ts';
import { type LoopGaps, watchGaps } from './gap-watch.ts';
import { drawPage, fillQuestion } from './page-drawing.ts';
import { peakBytes } from './peak-bytes.ts';

export interface PageParams {
  readonly directory: string;
  readonly threads: number;
  readonly page: BenchPage;
  /** On the GPU the directory is the original checkpoint, and the graphs for it are made at the first load. */
  readonly gpu?: { readonly precision: 'exact' | 'balanced' | 'fast' };
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

/** The device that computes, as it describes itself. */
export interface PageDevice {
  readonly name: string;
  readonly isSoftware: boolean;
}

/** The public way: `loadModel`, then `generate` on a page nobody has seen before. `page` reads one, `peakBytes` tells the most memory so far. */
export async function start({ directory, threads, page, gpu }: PageParams): Promise<EngineHandlers> {
  const model = await loadModel(directory, { threads, ...(gpu === undefined ? { device: 'cpu' } : { device: 'webgpu', ...gpu }) });
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
  return { page: readPage, peakBytes, device: () => describeDevice(threads) };
}

/** What loading the model has found out and remembered. */
async function describeDevice(threads: number): Promise<PageDevice> {
  const known = await knowDevice({ depth: 'opened', choice: gpuChoice(), threads });
  const adapter = typeof known === 'string' ? undefined : known.adapter;
  return { name: adapter?.name ?? 'a GPU that the system does not name', isSoftware: adapter?.kind === 'software' };
}
