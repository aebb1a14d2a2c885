import {
  type BenchContext,
  type Contestant,
  preparedModel,
  type Roofs,
  sampleInTurns,
  samplesOf,
  startEngine,
  startRoofs,
} from '../bench-context.ts';
import type { PageParams, PageResult } from '../engines/page-engine.ts';
import { variantsOf } from '../judged-variants.ts';
import type { Variant } from '../options.ts';
import { quotedPageSeconds } from '../quoted.ts';
import { demandsOf, gemmShapes } from '../roof-model.ts';
import { median } from '../statistics.ts';
import { loadOnce } from './load.ts';

/** A page through the public API, end to end; and while it is read, the most memory and the longest time the event loop stood still, and was held by our own work. */
export async function measurePage(context: BenchContext): Promise<void> {
  for (const variant of variantsOf('page', context.options)) {
    const roofs = await startRoofs(context);
    try {
      await measureVariant(context, variant, roofs);
    } finally {
      await roofs.close();
    }
  }
}

async function measureVariant(context: BenchContext, variant: Variant, roofs: Roofs): Promise<void> {
  const { page } = context.model;
  context.progress.show(`page ${variant}: loading`);
  const { directory } = preparedModel(context, variant);
  await loadOnce(context, directory); // what a first start makes is not part of a page, nor is the memory for it
  const params: PageParams = { directory, threads: context.threads, page };
  const engine = await startEngine(context, 'page', params);
  try {
    const results: PageResult[] = [];
    const peaks: number[] = [];
    const readPage: Contestant = {
      name: `${page.tiles} tiles`,
      sample: async () => {
        const result = await engine.ask<PageResult>('page');
        if (peaks.length === 0) peaks.push(await engine.ask<number>('peakBytes')); // of one page, not of several
        results.push(result);
        return result.totalMs;
      },
    };
    const machine = pageRoofs(context, variant, roofs);
    const { samples, othersShare } = await sampleInTurns(context, `page ${variant}`, [readPage, ...machine.contestants]);
    addRows(context, { variant, results, peaks, othersShare, roof: machine.seconds(samples, results[0] as PageResult) });
  } finally {
    await engine.close();
  }
}

/** What the machine needs at least for the parts of a page: products for tiles and prompt, reading for the answer. */
function pageRoofs(
  context: BenchContext,
  variant: Variant,
  roofs: Roofs,
): {
  readonly contestants: readonly Contestant[];
  readonly seconds: (samples: ReadonlyMap<string, readonly number[]>, page: PageResult) => number;
} {
  const { manifest } = preparedModel(context, variant);
  const shapes = gemmShapes(context.config);
  const tileGemm = roofs.gemm({ type: manifest.precision.vision === 'int8' ? 'int8' : 'float32', ...shapes.vision });
  const promptGemm = roofs.gemm({ type: variant === 'exact' ? 'float32' : 'int8', ...shapes.language });
  const demands = demandsOf(context.config, manifest);
  return {
    contestants: [tileGemm, promptGemm, roofs.bandwidth],
    seconds: (samples, { inputTokens, outputTokens }) => {
      const rate = ({ name }: Contestant): number => median(samplesOf(samples, name)) * 1e9;
      return (
        (context.model.page.tiles * demands.tileOperations) / rate(tileGemm) +
        demands.prefillOperations(inputTokens) / rate(promptGemm) +
        (outputTokens * demands.stepBytes(1, inputTokens)) / rate(roofs.bandwidth)
      );
    },
  };
}

interface PageFindings {
  readonly variant: Variant;
  readonly results: readonly PageResult[];
  readonly peaks: readonly number[];
  readonly othersShare: number | undefined;
  /** Seconds. */
  readonly roof: number;
}

function addRows(context: BenchContext, { variant, results, peaks, othersShare, roof }: PageFindings): void {
  const { page, name } = context.model;
  const { inputTokens, outputTokens } = results[0] as PageResult;
  const isComplete = outputTokens === page.answerTokens;
  if (!isComplete) context.progress.note(`page ${variant}: the answer ended after ${outputTokens} of ${page.answerTokens} tokens.`);
  const quoted = { peer: 'llama.cpp, sum of parts (quoted)', samples: [quotedPageSeconds], isQuoted: true };
  const common = { precision: variant, othersShare } as const;
  const seconds = (pick: (result: PageResult) => number): number[] => results.map((result) => pick(result) / 1000);
  context.add({
    ...common,
    ...{ work: `page, ${page.tiles} tiles, ${inputTokens} prompt tokens, ${outputTokens} out`, unit: 's', roof },
    samples: seconds(({ totalMs }) => totalMs),
    peers: name === '0.8b' && isComplete ? [quoted] : [],
  });
  context.add({ ...common, work: 'page: tiles', unit: 's', samples: seconds(({ visionMs }) => visionMs) });
  context.add({ ...common, work: 'page: prefill', unit: 's', samples: seconds(({ prefillMs }) => prefillMs) });
  context.add({ ...common, work: 'page: decode', unit: 's', samples: seconds(({ decodeMs }) => decodeMs) });
  context.add({ ...common, work: 'peak memory of a page', unit: 'MB', samples: peaks.map((bytes) => bytes / 1e6) });
  context.add({ ...common, work: 'longest event-loop gap', unit: 'ms', samples: results.map(({ gapMs }) => gapMs) });
  // On a busy machine the gap is what others took; this is what we took.
  const held = results.flatMap(({ heldMs }) => heldMs ?? []);
  if (held.length > 0) context.add({ ...common, work: 'event loop held by computing', unit: 'ms', samples: held });
}
