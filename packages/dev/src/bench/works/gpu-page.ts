import type { ModelConfig } from '@h2ovl/core/internal/model-files/model-config';
import { gpuChoice } from '@h2ovl/core/internal/runtime/devices/device-facts';
import { knowDevice } from '@h2ovl/core/internal/runtime/devices/know-device';
import { planTiles } from '@h2ovl/core/internal/tiles/plan-tiles';
import { type BenchContext, sampleInTurns, startEngine } from '../bench-context.ts';
import type { BenchPage } from '../bench-models.ts';
import type { PageDevice, PageParams, PageResult } from '../engines/page-engine.ts';
import { defaultThreads } from '../machine.ts';
import type { BenchOptions, Variant } from '../options.ts';

/** What a GPU is measured at, where nobody names precisions. */
const gpuVariants: readonly Variant[] = ['balanced', 'fast'];

/**
 * What is measured on the GPU that is there. A device in software takes minutes for a single tile of nano, so it gets a miniature, one precision, and two short
 * pages, the first of which is not counted: that everything runs is shown, and nothing about speed. The report says what it is.
 */
export async function fitToDevice(options: BenchOptions, note: (text: string) => void): Promise<BenchOptions> {
  if (options.device !== 'webgpu') return options;
  const known = await knowDevice({ depth: 'opened', choice: gpuChoice(), threads: options.threads ?? defaultThreads() });
  if (typeof known === 'string' || known.adapter?.kind !== 'software') return options;
  note(`${known.adapter.name} is a device in software: a miniature reads a short page once, whatever was asked for.`);
  return { ...options, model: 'mini', precisions: options.precisions?.slice(0, 1) ?? ['balanced'], quick: true, repeat: 1 };
}

/** Pages through the public API on the GPU; resolves to what computed them. The first page of each load is not counted: its sizes are new to the device. */
export async function measureGpuPages(context: BenchContext): Promise<readonly PageDevice[]> {
  const devices: PageDevice[] = [];
  for (const variant of context.options.precisions ?? gpuVariants) devices.push(await measureVariant(context, variant));
  return devices;
}

async function measureVariant(context: BenchContext, variant: Variant): Promise<PageDevice> {
  const { options, checkpoint, threads, model } = context;
  const page = options.quick ? shortPage(model.page, context.config) : model.page;
  context.progress.show(`page ${variant} on the GPU: loading`);
  const params: PageParams = { directory: checkpoint, threads, page, gpu: { precision: variant as 'exact' | 'balanced' | 'fast' } };
  const engine = await startEngine(context, 'page', params);
  try {
    const device = await engine.ask<PageDevice>('device');
    const results: PageResult[] = [];
    const readPage = async (): Promise<number> => {
      const result = await engine.ask<PageResult>('page');
      results.push(result);
      return result.totalMs;
    };
    context.progress.show(`page ${variant} on the GPU: first page`);
    await readPage();
    results.length = 0;
    const { othersShare } = await sampleInTurns(context, `page ${variant} on the GPU`, [{ name: 'page', sample: readPage }]);
    addRows(context, { variant, results, device, othersShare });
    return device;
  } finally {
    await engine.close();
  }
}

/** A page as large as one tile, and a short answer, for devices in software and for `--quick`. The 2B cuts it twice all the same. */
export function shortPage(page: BenchPage, { image }: Pick<ModelConfig, 'image'>): BenchPage {
  const side = image.tileSizePx;
  const { tileCount } = planTiles(side, side, image);
  return { ...page, widthPx: side, heightPx: side, tiles: tileCount, promptTokens: 0, answerTokens: 8 };
}

function addRows(
  context: BenchContext,
  measured: {
    readonly variant: Variant;
    readonly results: readonly PageResult[];
    readonly device: PageDevice;
    readonly othersShare: number | undefined;
  },
): void {
  const { variant, results, device, othersShare } = measured;
  const [first] = results;
  if (first === undefined) return;
  const label = device.isSoftware ? ' (SOFTWARE device)' : ' (GPU)';
  const common = { precision: variant, othersShare } as const;
  const seconds = (pick: (result: PageResult) => number): number[] => results.map((result) => pick(result) / 1000);
  const whole = `page, ${first.inputTokens} prompt tokens, ${first.outputTokens} out${label}`;
  context.add({ ...common, work: whole, unit: 's', samples: seconds(({ totalMs }) => totalMs) });
  context.add({ ...common, work: `page: tiles${label}`, unit: 's', samples: seconds(({ visionMs }) => visionMs) });
  context.add({ ...common, work: `page: prefill${label}`, unit: 's', samples: seconds(({ prefillMs }) => prefillMs) });
  const rates = results.map(({ outputTokens, decodeMs }) => (outputTokens / decodeMs) * 1000);
  context.add({ ...common, work: `page: decode${label}`, unit: 'tok/s', samples: rates });
}
