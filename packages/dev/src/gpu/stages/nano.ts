import { join } from 'node:path';
import { loadModel } from '@h2ovl/core/internal/answer/load-model';
import { readNanoSamples } from '../../reference/nano-samples.ts';
import type { Stage } from './stage.ts';
import { timeMs } from './stage.ts';

/** The samples of nano on the GPU and on the CPU, at the default precision and at full precision. */
export const nano: Stage = async ({ places }, report) => {
  const list = await readNanoSamples(join(places.nano, 'samples'));
  for (const precision of ['exact', 'balanced'] as const) {
    const answers = new Map<string, readonly string[]>();
    for (const device of ['cpu', 'webgpu'] as const) {
      const opened = await timeMs(() => loadModel(join(places.nano, 'checkpoint'), { device, precision }));
      const model = opened.value;
      const read = await timeMs(async () => {
        const texts: string[] = [];
        for (const { file, question } of list) {
          const { text } = await model.generate({ prompt: question, images: [join(places.nano, 'samples', file)], maxOutputTokens: 200 });
          texts.push(text);
        }
        return texts;
      });
      answers.set(device, read.value);
      report(`${precision} on ${device}`, { loadMs: opened.ms, readMs: read.ms });
      await model.dispose();
    }
    const [cpu, gpu] = [answers.get('cpu') ?? [], answers.get('webgpu') ?? []];
    const different = list.flatMap(({ file }, index) => (cpu[index] === gpu[index] ? [] : [{ file, cpu: cpu[index], gpu: gpu[index] }]));
    const right = list.filter(({ answer }, index) => gpu[index]?.trim() === answer.trim()).length;
    report(`${precision}: answers`, { samples: list.length, sameAsOnTheCpu: list.length - different.length, asExpected: right, different });
  }
};
