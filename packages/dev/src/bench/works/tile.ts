import { type BenchContext, type Contestant, preparedModel, sampleInTurns, samplesOf, startEngine, startRoofs } from '../bench-context.ts';
import type { BenchEngine } from '../engines/open-engine.ts';
import { variantsOf } from '../judged-variants.ts';
import { quotedTileSeconds } from '../quoted.ts';
import { demandsOf, gemmShapes } from '../roof-model.ts';
import { median } from '../statistics.ts';

/** Encoding a tile, against ONNX Runtime's own matrix product of the same shape and type, both in turns. */
export async function measureTile(context: BenchContext): Promise<void> {
  const seen = new Set<string>();
  for (const variant of variantsOf('tile', context.options)) {
    const { directory, manifest } = preparedModel(context, variant);
    const type = manifest.precision.vision === 'int8' ? 'int8' : 'float32'; // 16-bit storage computes in float32
    if (seen.has(type)) continue; // another precision of the language part
    seen.add(type);
    const { tileOperations } = demandsOf(context.config, manifest);
    const roofs = await startRoofs(context);
    let vision: BenchEngine | undefined;
    try {
      const engine = await startEngine(context, 'vision', { directory, threads: context.threads });
      vision = engine;
      await engine.ask('encode'); // warm
      const encode: Contestant = { name: `tile encode ${type}`, sample: async () => (await engine.ask<number>('encode')) / 1000 };
      const gemm = roofs.gemm({ type, ...gemmShapes(context.config).vision });
      const { samples, othersShare } = await sampleInTurns(context, 'tile', [gemm, encode]);
      const seconds = samplesOf(samples, encode.name);
      const rate = median(samplesOf(samples, gemm.name)); // 10^9 operations a second
      const quoted =
        context.model.name === 'nano' ? [] : [{ peer: 'llama.cpp f16 (quoted)', samples: [quotedTileSeconds], isQuoted: true }];
      context.add({
        work: 'tile encode',
        precision: type,
        unit: 's',
        samples: seconds,
        roof: tileOperations / 1e9 / rate,
        peers: quoted,
        othersShare,
      });
      const rates = seconds.map((value) => tileOperations / 1e9 / value);
      context.add({
        work: 'tile encode rate',
        precision: type,
        unit: type === 'int8' ? 'GOP/s' : 'GFLOP/s',
        samples: rates,
        roof: rate,
        othersShare,
      });
    } finally {
      await vision?.close();
      await roofs.close();
    }
  }
}
