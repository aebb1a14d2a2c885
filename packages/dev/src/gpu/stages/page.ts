import { execFileSync } from 'node:child_process';
import { loadModel } from '@h2ovl/core/internal/answer/load-model';
import { drawPage, fillQuestion } from '../../bench/engines/page-drawing.ts';
import { convertedOf, type TrialModel, type TrialVariant } from '../sizes.ts';
import { round, type Stage, timeMs } from './stage.ts';

const repeats = 2;
/** Several pages at once are measured with the smaller model; the larger one's take too long. */
const maxTilesAtOnce = 7;

/** Pages through the product's own API: one after the other, then several at once. */
export const page: Stage = async ({ places, size, model, variant }, report) => {
  const { name, page: shape } = model as TrialModel;
  const opened = await timeMs(() =>
    loadModel(convertedOf(places, name, variant as TrialVariant), {
      device: 'webgpu',
      maxConcurrent: size.pagesAtOnce,
      maxCacheBytes: 8e9,
    }),
  );
  report('loadMs', opened.ms);
  report('memoryMiBAfterLoad', gpuMemoryMiB());
  const vision = opened.value;
  const question = await fillQuestion(vision, await drawPage(shape, 0), shape);
  let number = 0;
  const readOne = async () => {
    number += 1;
    const image = await drawPage(shape, number);
    const read = await timeMs(() => vision.generate({ prompt: question, images: [image], maxOutputTokens: shape.answerTokens }));
    const { usage, timings } = read.value;
    return {
      totalMs: read.ms,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      cachedTokens: usage.cachedTokens,
      ...timings,
    };
  };
  for (let i = 0; i <= repeats; i += 1) {
    const read = await readOne();
    report(i === 0 ? 'firstPage' : `page${i}`, { ...read, decodeTokensPerS: round(((read.outputTokens - 1) / read.decodeMs) * 1000) });
  }
  report('memoryMiBAfterPages', gpuMemoryMiB());
  if (shape.tiles > maxTilesAtOnce) {
    await vision.dispose();
    return;
  }
  const together = await timeMs(() => Promise.all(Array.from({ length: size.pagesAtOnce }, readOne)));
  const tokens = together.value.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  report('pagesAtOnce', {
    pages: size.pagesAtOnce,
    totalMs: together.ms,
    tokensPerS: round((tokens / together.ms) * 1000),
    each: together.value,
  });
  report('memoryMiBAfterPagesAtOnce', gpuMemoryMiB());
  await vision.dispose();
};

/** What the driver says of the card's memory in use; undefined without NVIDIA's tool. */
export function gpuMemoryMiB(): number | undefined {
  try {
    const text = execFileSync('nvidia-smi', ['--query-gpu=memory.used', '--format=csv,noheader,nounits'], {
      timeout: 8000,
      encoding: 'utf8',
    });
    return Number.parseInt(text, 10);
  } catch {
    return undefined;
  }
}
