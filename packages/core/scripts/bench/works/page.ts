import { type BenchContext, preparedModel, sampleInTurns, startEngine } from '../bench-context.ts';
import type { Engine } from '../engines/open-engine.ts';
import type { PageParams, PageResult } from '../engines/page-engine.ts';
import { variantsOf } from '../judged-variants.ts';
import { quotedPageSeconds } from '../quoted.ts';

/** A page through the public API, end to end; and while it is read, the most memory and the longest time the event loop was held. */
export async function measurePage(context: BenchContext): Promise<void> {
  const { page, name } = context.model;
  for (const variant of variantsOf('page', context.options)) {
    const { directory } = preparedModel(context, variant);
    context.progress.show(`page ${variant}: loading`);
    const params: PageParams = { directory, threads: context.threads, page };
    const engine: Engine = await startEngine(context, 'page', params);
    try {
      const results: PageResult[] = [];
      const peaks: number[] = [];
      const { othersShare } = await sampleInTurns(context, `page ${variant}`, [
        {
          name: `${page.tiles} tiles`,
          sample: async () => {
            const result = await engine.ask<PageResult>('page');
            if (peaks.length === 0) peaks.push(await engine.ask<number>('peakBytes')); // of one page, not of several
            results.push(result);
            return result.totalMs;
          },
        },
      ]);
      const { inputTokens, outputTokens } = results[0] as PageResult;
      const isComplete = outputTokens === page.answerTokens;
      const work = `page, ${page.tiles} tiles, ${inputTokens} prompt tokens, ${outputTokens} out`;
      if (!isComplete) context.progress.note(`page ${variant}: the answer ended after ${outputTokens} of ${page.answerTokens} tokens.`);
      const seconds = (pick: (result: PageResult) => number): number[] => results.map((result) => pick(result) / 1000);
      const peers =
        name === '0.8b' && isComplete ? [{ peer: 'llama.cpp, sum of parts (quoted)', samples: [quotedPageSeconds], isQuoted: true }] : [];
      const common = { precision: variant, othersShare } as const;
      context.add({ ...common, work, unit: 's', samples: seconds(({ totalMs }) => totalMs), peers });
      context.add({ ...common, work: 'page: tiles', unit: 's', samples: seconds(({ visionMs }) => visionMs) });
      context.add({ ...common, work: 'page: prefill', unit: 's', samples: seconds(({ prefillMs }) => prefillMs) });
      context.add({ ...common, work: 'page: decode', unit: 's', samples: seconds(({ decodeMs }) => decodeMs) });
      context.add({ ...common, work: 'peak memory of a page', unit: 'MB', samples: peaks.map((bytes) => bytes / 1e6) });
      context.add({ ...common, work: 'longest event-loop gap', unit: 'ms', samples: results.map(({ gapMs }) => gapMs) });
    } finally {
      await engine.close();
    }
  }
}
