import { type BenchContext, gemmName, sampleInTurns, samplesOf, startRoofs } from '../bench-context.ts';
import { gemmShapes } from '../roof-model.ts';

/** The machine itself: read bandwidth and ONNX Runtime's matrix products at the model's shapes. */
export async function measureRoofs(context: BenchContext): Promise<void> {
  const shapes = gemmShapes(context.config);
  const products = (['float32', 'int8'] as const).flatMap((type) => [
    { type, ...shapes.vision },
    { type, ...shapes.language },
  ]);
  const roofs = await startRoofs(context);
  try {
    const contestants = [roofs.bandwidth, ...products.map((shape) => roofs.gemm(shape))];
    const { samples, othersShare } = await sampleInTurns(context, 'roofs', contestants);
    const add = (name: string, precision: string, unit: 'GB/s' | 'GFLOP/s' | 'GOP/s'): void =>
      context.add({ work: `roof: ${name}`, precision, unit, samples: samplesOf(samples, name), othersShare });
    add(roofs.bandwidth.name, 'float32', 'GB/s');
    for (const shape of products) add(gemmName(shape), shape.type, shape.type === 'int8' ? 'GOP/s' : 'GFLOP/s');
  } finally {
    await roofs.close();
  }
}
