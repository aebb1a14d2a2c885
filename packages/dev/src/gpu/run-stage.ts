import { device } from './stages/device.ts';
import { kernels } from './stages/kernels.ts';
import { checkpoint, convert } from './stages/make.ts';
import { nano } from './stages/nano.ts';
import { page } from './stages/page.ts';
import { reference } from './stages/reference.ts';
import { rows } from './stages/rows.ts';
import type { Stage, StageInput } from './stages/stage.ts';
import { steps } from './stages/steps.ts';

export type StageName = 'device' | 'checkpoint' | 'convert' | 'reference' | 'rows' | 'kernels' | 'page' | 'steps' | 'nano';

const stages: Readonly<Record<StageName, Stage>> = { device, checkpoint, convert, reference, rows, kernels, page, steps, nano };

/** What marks a line of results among the lines of a stage. */
export const resultMark = '@@ ';

/** One stage of a trial in a process of its own: `gpu-stage NAME` with its input as JSON in the environment variable GPU_STAGE. */
export async function main([name]: readonly string[]): Promise<number> {
  const stage: Stage | undefined = Object.entries(stages).find(([known]) => known === name)?.[1];
  const text = process.env.GPU_STAGE;
  if (stage === undefined || text === undefined) {
    process.stderr.write(`There is no stage ${JSON.stringify(name)}, or its input is missing.\n`);
    return 2;
  }
  const input = JSON.parse(text) as StageInput; // written by the trial that started this process
  await stage(input, (key, value) => process.stdout.write(`${resultMark}${JSON.stringify({ key, value })}\n`));
  return 0;
}
