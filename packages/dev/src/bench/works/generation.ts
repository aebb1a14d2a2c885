import { type BenchContext, preparedModel, sampleInTurns, samplesOf, startEngine } from '../bench-context.ts';
import type { OverheadResult } from '../engines/generation-engine.ts';
import { variantsOf } from '../judged-variants.ts';
import { median } from '../statistics.ts';

const overheadTokens = { full: 64, quick: 24 } as const;

/** What a token costs beside its graph, and how long a cancelled answer goes on. */
export async function measureGeneration(context: BenchContext): Promise<void> {
  const { only, quick } = context.options;
  for (const variant of variantsOf('overhead', context.options)) {
    const { directory } = preparedModel(context, variant);
    context.progress.show(`generation ${variant}: loading`);
    const engine = await startEngine(context, 'generation', { directory, threads: context.threads });
    try {
      const stepTimes: number[] = [];
      const measureOverhead = async (): Promise<number> => {
        const tokens = quick ? overheadTokens.quick : overheadTokens.full;
        const { stepMs, overheadMs } = await engine.ask<OverheadResult>('overhead', { tokens });
        stepTimes.push(stepMs);
        return (overheadMs / stepMs) * 100;
      };
      await engine.ask<OverheadResult>('overhead', { tokens: overheadTokens.quick }); // warm
      const { samples, othersShare } = await sampleInTurns(context, `generation ${variant}`, [
        { name: 'overhead per token', sample: measureOverhead }, // also tells what a step takes, for the last
        ...(only.includes('cancel')
          ? (['prefill', 'decode'] as const).map((phase) => ({
              name: `cancel in ${phase}`,
              sample: () => engine.ask<number>('cancel', { phase }),
            }))
          : []),
      ]);
      const common = { precision: variant, othersShare } as const;
      if (only.includes('overhead')) {
        context.add({ ...common, work: 'overhead per token', unit: '% of step', samples: samplesOf(samples, 'overhead per token') });
      }
      if (only.includes('cancel')) {
        context.add({ ...common, work: 'cancel in prefill', unit: 'ms', samples: samplesOf(samples, 'cancel in prefill') });
        const limit = median(stepTimes);
        context.add({ ...common, work: 'cancel in decode', unit: 'ms', samples: samplesOf(samples, 'cancel in decode'), limit });
      }
    } finally {
      await engine.close();
    }
  }
}
