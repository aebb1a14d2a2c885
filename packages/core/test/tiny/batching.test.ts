import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type NanoSample, readNanoSamples } from '../../../dev/src/reference/nano-samples.ts';
import { createSeededRandom } from '../../src/generation/seeded-random.ts';
import { loadModel, type VisionModel } from '../../src/index.ts';
import { useOwnHome } from '../helpers/own-home.ts';

const samplesFolder = join(import.meta.dirname, '../../../nano/samples');
useOwnHome();
const answerTokens = 40;

/** One page, asked the way its sample is. */
function ask(model: VisionModel, { file, question }: NanoSample, signal?: AbortSignal): Promise<string> {
  const options = { prompt: question, images: [join(samplesFolder, file)], maxOutputTokens: answerTokens, ...(signal && { signal }) };
  return model.generate(options).then(({ text }) => text);
}

// The kernels of these formats give each row what it would get alone; int4's do not, which `fast` admits.
describe.each(['exact', 'balanced'] as const)('answers at %s precision', (precision) => {
  let samples: readonly NanoSample[];
  const alone = new Map<string, string>();

  beforeAll(async () => {
    samples = await readNanoSamples(samplesFolder);
    const model = await loadModel('nano', { precision, maxConcurrent: 1 });
    for (const sample of samples) alone.set(sample.file, await ask(model, sample));
    await model.dispose();
  });

  it.each([1, 2, 3])('are the same together as alone, for random arrivals and cancellations (seed %i)', async (seed) => {
    const random = createSeededRandom(seed);
    const model = await loadModel('nano', { precision, maxConcurrent: 2 + Math.floor(random() * 5) });
    let finished = 0;
    const tasks = samples.map(async (sample) => {
      await new Promise((resolve) => setTimeout(resolve, random() * 1500));
      const control = new AbortController();
      if (random() < 0.25) setTimeout(() => control.abort('cancelled'), random() * 600);
      try {
        expect([sample.file, await ask(model, sample, control.signal)]).toEqual([sample.file, alone.get(sample.file)]);
        finished += 1;
      } catch (error) {
        if (error !== 'cancelled') throw error;
      }
    });
    await Promise.all(tasks);
    await model.dispose();
    expect(finished).toBeGreaterThan(samples.length / 2);
  });
});
