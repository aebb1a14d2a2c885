import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchContext, type Contestant, preparedModel, sampleInTurns, samplesOf, startEngine } from '../bench-context.ts';
import { variantsOf } from '../judged-variants.ts';

/** Starting with a converted model: a fresh process each time, until `loadModel` has resolved. First: with empty caches of our own; second: with what the first left. */
export async function measureLoad(context: BenchContext): Promise<void> {
  for (const variant of variantsOf('load', context.options)) {
    const { directory } = preparedModel(context, variant);
    let home: string | undefined;
    const loadOnce = async (): Promise<number> => {
      const engine = await startEngine(context, 'load', { directory, threads: context.threads }, { H2OVL_HOME: home as string });
      try {
        return await engine.ask<number>('ready');
      } finally {
        await engine.close();
      }
    };
    const clear = async (): Promise<void> => {
      if (home !== undefined) await rm(home, { recursive: true, force: true });
    };
    const first: Contestant = {
      name: 'load, first start',
      sample: async () => {
        await clear();
        home = await mkdtemp(join(tmpdir(), 'h2ovl-bench-'));
        return loadOnce();
      },
    };
    const second: Contestant = { name: 'load, second start', sample: loadOnce };
    try {
      const { samples, othersShare } = await sampleInTurns(context, `load ${variant}`, [first, second]);
      for (const { name } of [first, second]) {
        context.add({ work: name, precision: variant, unit: 'ms', samples: samplesOf(samples, name), othersShare });
      }
    } finally {
      await clear();
    }
  }
}
