import { type BenchContext, sampleInTurns, samplesOf, startEngine } from '../bench-context.ts';

/** A page of 40 lines through the line reader, and the same pictures through Tesseract in turn; and the most memory of the process that reads. */
export async function measureLines(context: BenchContext): Promise<void> {
  const engine = await startEngine(context, 'lines', {});
  try {
    const { samples, othersShare } = await sampleInTurns(context, 'lines', [
      { name: 'lines', sample: () => engine.ask<number>('lines') },
      { name: 'tesseract', sample: async () => (await engine.ask<number | null>('tesseract')) ?? undefined },
    ]);
    const seconds = (name: string): number[] => samplesOf(samples, name).map((ms) => ms / 1000);
    const peer = seconds('tesseract');
    if (peer.length === 0) context.progress.note('lines: tesseract is not installed, so nothing stands beside.');
    const common = { precision: null, othersShare } as const;
    const peers = peer.length === 0 ? [] : [{ peer: 'tesseract 5, eng, 2 threads', samples: peer }];
    context.add({ ...common, work: 'lines of a page, 40 lines', unit: 's', samples: seconds('lines'), peers });
    const peak = (await engine.ask<number>('peakBytes')) / 1e6;
    context.add({ ...common, work: 'peak memory of lines', unit: 'MB', samples: [peak] });
  } finally {
    await engine.close();
  }
}
