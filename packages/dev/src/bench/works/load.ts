import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchContext, type Contestant, preparedModel, sampleInTurns, samplesOf, startEngine } from '../bench-context.ts';
import { variantsOf } from '../judged-variants.ts';

/** Where the first start leaves packed copies of the graphs, inside the converted model; those of the bench are its own. */
const copiesFolder = 'prepacked';

/**
 * Starting with a converted model: a fresh process each time, from its beginning until `loadModel` has resolved. The first start finds
 * nothing that an earlier one left and makes it; the second uses it.
 */
export async function measureLoad(context: BenchContext): Promise<void> {
  for (const variant of variantsOf('load', context.options)) {
    const { directory } = preparedModel(context, variant);
    const first: Contestant = {
      name: 'load, first start',
      sample: async () => {
        await rm(join(directory, copiesFolder), { recursive: true, force: true });
        return loadOnce(context, directory);
      },
    };
    const second: Contestant = { name: 'load, second start', sample: () => loadOnce(context, directory) };
    const { samples, othersShare } = await sampleInTurns(context, `load ${variant}`, [first, second]);
    for (const { name } of [first, second]) {
      context.add({ work: name, precision: variant, unit: 'ms', samples: samplesOf(samples, name), othersShare });
    }
  }
}

/** Loads in a process of its own; milliseconds since that process began. */
export async function loadOnce(context: BenchContext, directory: string): Promise<number> {
  const engine = await startEngine(context, 'load', { directory, threads: context.threads });
  try {
    return await engine.ask<number>('ready');
  } finally {
    await engine.close();
  }
}
