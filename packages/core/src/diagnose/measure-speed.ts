import type { Manifest } from '../model-files/manifest.ts';
import type { ReadableModel } from '../quality/open-precision.ts';
import { withPage } from '../quality/open-precision.ts';
import type { Runtime } from '../runtime/port.ts';
import { measureBandwidth } from './read-bandwidth.ts';

/** How fast a model writes, beside what the machine's memory allows. */
export interface SpeedMeasure {
  readonly tokensPerSecond: number;
  /** Bytes that a token reads: every weight of the language part once, and the cache. */
  readonly bytesPerToken: number;
  /** Of the machine, in bytes a second. */
  readonly bandwidth: number;
}

const steps = 24;

/** Reads a page and times single steps behind it: each reads all weights of the language part, so memory is the roof. */
export async function measureSpeed(
  runtime: Runtime,
  model: ReadableModel,
  { file, question }: { readonly file: string; readonly question: string },
  signal: AbortSignal,
): Promise<SpeedMeasure> {
  const bandwidth = await measureBandwidth(runtime);
  return withPage(model, { file, question }, signal, async (prompt) => {
    const sequence = model.opened.decoder.openSequence(prompt, prompt.length + steps + 1);
    try {
      await sequence.prefill(signal, () => {});
      const token = model.tokenizer.encodeText('\n').at(-1) as number;
      const step = async (): Promise<unknown> => (sequence.stepBest ? sequence.stepBest(token, signal) : sequence.step(token, signal));
      await step();
      const seconds: number[] = [];
      for (let done = 0; done < steps; done += 1) {
        const started = performance.now();
        await step();
        seconds.push((performance.now() - started) / 1000);
      }
      const typical = seconds.sort((a, b) => a - b)[steps >> 1] as number;
      return { tokensPerSecond: 1 / typical, bytesPerToken: stepBytes(model.manifest, sequence.length), bandwidth };
    } finally {
      await sequence.dispose();
    }
  });
}

function stepBytes({ files, graphs, model }: Manifest, length: number): number {
  const cacheWidth = model.keyValueHeads * model.headSize;
  return (files[graphs.decoder.data]?.size ?? 0) + length * 2 * model.layers * cacheWidth * 4; // the cache is float32
}
