import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { findBenchModel } from '../bench/bench-models.ts';
import { prepareCheckpoint } from '../bench/prepare-models.ts';
import { StepTimes } from './step-times.ts';
import { assumedTimes, describeCase, keepsLimits, measureCase, trialCases, unmeasuredTime } from './trial-cases.ts';

const usage = `npm run trial:vision-plan -- [--checkpoint FOLDER | --synthetic 0.8b|2b] [--only WORD] [--threads N] [--assume-times]

Measures a vision plan of a checkpoint (nano where none is named) as it is, and of copies whose towers were made harder to store in 8 bits: outlier channels
of several scales, counts and seeds, large neurons behind the GELU, single large tokens. Prints what each plan costs against float32 vision and what share of
its time it takes. Exits with 1 where a plan that is used does not keep its limits. --only: cases whose name has this word. --assume-times: every form counts as
faster than float32 (int8 once 0.35, with columns apart 0.4, twice 0.7 and 0.75), as on processors with fast 8-bit products, so that a small model's plan is
judged on any machine; the times of tiles are not measured then. --synthetic 0.8b: a checkpoint of full size with random weights, whose time is real and whose
answers are not. What each case takes goes to standard error, step by step, with the most memory the process had.
`;

/** Runs the trial; resolves to 0, 1 when a used plan does not keep its limits, 2 for wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { checkpoint: text, synthetic: text, only: text, threads: text, 'assume-times': flag, help: flag },
  });
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  const { synthetic } = values;
  const isRight =
    (threads === undefined || (Number.isSafeInteger(threads) && threads > 0)) &&
    (synthetic === undefined || ((synthetic === '0.8b' || synthetic === '2b') && values.checkpoint === undefined));
  if (values.help === true || !isRight) {
    process.stdout.write(usage);
    return values.help === true ? 0 : 2;
  }
  const common = mkdtempSync(join(tmpdir(), 'h2ovl-vision-plan-'));
  try {
    const checkpoint =
      synthetic === undefined ? (values.checkpoint ?? nanoCheckpoint()) : await writeSynthetic(synthetic as '0.8b' | '2b', common);
    return await runCases({ checkpoint, only: values.only ?? '', isAssumed: values['assume-times'] === true, threads });
  } finally {
    rmSync(common, { recursive: true, force: true });
  }
}

const nanoCheckpoint = (): string => join(dirname(createRequire(import.meta.url).resolve('@h2ovl/nano/package.json')), 'checkpoint');

async function writeSynthetic(name: '0.8b' | '2b', folder: string): Promise<string> {
  return prepareCheckpoint(findBenchModel(name), { folder, signal: new AbortController().signal, report: () => {} });
}

interface Run {
  readonly checkpoint: string;
  readonly only: string;
  readonly isAssumed: boolean;
  readonly threads: number | undefined;
}

const head = [
  'tower',
  'matrices',
  'smoothed channels',
  'KL, nats',
  'same first token',
  'predictions',
  'time of a tile',
  'failed plans',
  'outcome',
];

async function runCases({ checkpoint, only, isAssumed, threads }: Run): Promise<number> {
  process.stdout.write(`| ${head.join(' | ')} |\n|${head.map(() => '---|').join('')}\n`);
  let areAllRight = true;
  for (const trialCase of trialCases.filter(({ name }) => name.includes(only))) {
    const folder = mkdtempSync(join(tmpdir(), 'h2ovl-vision-plan-'));
    try {
      const assumed = isAssumed ? { times: assumedTimes, timeShare: unmeasuredTime } : {};
      const times = new StepTimes();
      const onProgress: Parameters<typeof measureCase>[1]['onProgress'] = (progress) => times.note(progress);
      const measured = await measureCase(trialCase, { checkpoint, folder, assumed, threads, onProgress });
      const megabytes = Math.round(process.resourceUsage().maxRSS / 1000);
      process.stderr.write(`${trialCase.name}: ${times.describe()}; most memory ${megabytes} MB\n`);
      process.stdout.write(`${describeCase(trialCase.name, measured)}\n`);
      areAllRight &&= measured.plan === null || keepsLimits(measured);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return areAllRight ? 0 : 1;
}
