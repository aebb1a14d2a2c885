import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMix, type MeasuredVisionPlan } from '@h2ovl/core';
import { type Assumed, measureAssuming } from '@h2ovl/core/internal/quality/vision-plan/measure-vision-plan';
import { timeKey } from '@h2ovl/core/internal/quality/vision-plan/try-forms';
import { spoilTower, type TowerSpoiling } from './spoil-tower.ts';

const usage = `npm run trial:vision-plan -- [--checkpoint FOLDER] [--only WORD] [--threads N] [--assume-times]

Measures a vision plan of a checkpoint (nano where none is named) as it is, and of copies whose towers were made harder to store in 8 bits: outlier channels
of several scales, counts and seeds, large neurons behind the GELU, single large tokens. Prints what each plan costs against float32 vision and what share of
its time it takes. Exits with 1 where a plan that is used does not keep its limits. --only: cases whose name has this word. --assume-times: every form counts as
faster than float32 (int8 once 0.35, with columns apart 0.4, twice 0.7 and 0.75), as on processors with fast 8-bit products, so that a small model's plan is
judged on any machine; the times of tiles are not measured then.
`;

/** A tower and what is put into it. */
export interface TrialCase {
  readonly name: string;
  readonly spoiling: TowerSpoiling | undefined;
}

export const trialCases: readonly TrialCase[] = [
  { name: 'as it is', spoiling: undefined },
  ...[
    [16, 4, 7],
    [64, 4, 7],
    [64, 4, 8],
    [64, 12, 7],
    [256, 4, 9],
    [1024, 2, 10],
  ].map(([scale = 1, count = 1, seed = 1]) => ({
    name: `channels: ${count} x ${scale}, seed ${seed}`,
    spoiling: { seed, outlierChannels: { scale, count } },
  })),
  ...[
    [16, 4, 11],
    [64, 4, 12],
    [256, 12, 13],
  ].map(([scale = 1, count = 1, seed = 1]) => ({
    name: `neurons: ${count} x ${scale}, seed ${seed}`,
    spoiling: { seed, largeNeurons: { scale, count } },
  })),
  ...[
    [16, 1, 14],
    [64, 3, 15],
  ].map(([scale = 1, count = 1, seed = 1]) => ({
    name: `tokens: ${count} x ${scale}, seed ${seed}`,
    spoiling: { seed, largeTokens: { scale, count } },
  })),
  {
    name: 'all three: 4 x 64, seed 16',
    spoiling: {
      seed: 16,
      outlierChannels: { count: 4, scale: 64 },
      largeNeurons: { count: 4, scale: 64 },
      largeTokens: { count: 1, scale: 64 },
    },
  },
];

/** As on a processor with fast 8-bit products. */
export const assumedTimes: Readonly<Record<string, number>> = Object.fromEntries(
  (['qkv', 'proj', 'fc1', 'fc2', 'projector/fc1', 'projector/fc2'] as const).flatMap((kind) => [
    [timeKey(kind, { type: 'int8', products: 1, apart: [] }), 0.35],
    [timeKey(kind, { type: 'int8', products: 1, apart: [0] }), 0.4],
    [timeKey(kind, { type: 'int8', products: 2, apart: [] }), 0.7],
    [timeKey(kind, { type: 'int8', products: 2, apart: [0] }), 0.75],
  ]),
);

export interface CaseOptions {
  /** Folder of the original checkpoint. */
  readonly checkpoint: string;
  /** For the spoiled copy and what is measured. */
  readonly folder: string;
  readonly assumed?: Assumed;
  readonly threads?: number | undefined;
}

/** Measures one case. */
export async function measureCase(
  { spoiling }: TrialCase,
  { checkpoint, folder, assumed = {}, threads }: CaseOptions,
): Promise<MeasuredVisionPlan> {
  const spoiled = join(folder, 'checkpoint');
  if (spoiling !== undefined) spoilTower(checkpoint, spoiled, spoiling);
  const source = spoiling === undefined ? checkpoint : spoiled;
  return measureAssuming(assumed, source, { home: join(folder, 'home'), ...(threads !== undefined && { threads }) });
}

/** A row of the trial's table. */
export function describeCase(name: string, { plan, figures, failed, outcome }: MeasuredVisionPlan): string {
  const mix = plan === null ? undefined : describeMix(plan);
  const cells = [
    name,
    mix === undefined
      ? 'float32'
      : `${mix.int8} once, ${mix.int8Twice} twice (${mix.withColumnsApart} with columns apart), ${mix.float32} float32`,
    mix === undefined ? '' : String(mix.smoothedChannels),
    figures === null
      ? ''
      : `${figures.divergence.value.toFixed(5)} (${figures.divergence.low.toFixed(5)} to ${figures.divergence.high.toFixed(5)})`,
    figures === null ? '' : `${percent(figures.agreement.value)} (${percent(figures.agreement.low)} to ${percent(figures.agreement.high)})`,
    figures === null ? '' : String(figures.predictions),
    plan === null || figures?.timeShare == null
      ? ''
      : figures.timeShare === Number.MIN_VALUE
        ? 'not measured'
        : figures.timeShare.toFixed(2),
    String(failed),
    outcome,
  ];
  return `| ${cells.join(' | ')} |`;
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** Runs the trial; resolves to 0, 1 when a used plan does not keep its limits, 2 for wrong usage. */
export async function main(argv: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { checkpoint: text, only: text, threads: text, 'assume-times': { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  if (values.help === true || (threads !== undefined && !(Number.isSafeInteger(threads) && threads > 0))) {
    process.stdout.write(usage);
    return values.help === true ? 0 : 2;
  }
  const checkpoint = values.checkpoint ?? join(dirname(createRequire(import.meta.url).resolve('@h2ovl/nano/package.json')), 'checkpoint');
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
  process.stdout.write(`| ${head.join(' | ')} |\n|${head.map(() => '---|').join('')}\n`);
  let isRight = true;
  for (const trialCase of trialCases.filter(({ name }) => name.includes(values.only ?? ''))) {
    const folder = mkdtempSync(join(tmpdir(), 'h2ovl-vision-plan-'));
    try {
      const assumed = values['assume-times'] === true ? { times: assumedTimes, timeShare: Number.MIN_VALUE } : {};
      const measured = await measureCase(trialCase, { checkpoint, folder, assumed, threads });
      process.stdout.write(`${describeCase(trialCase.name, measured)}\n`);
      isRight &&= measured.plan === null || keepsLimits(measured);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return isRight ? 0 : 1;
}

/** What every plan that is used must keep, said once more here: the trial does not believe the code that it tries. */
export function keepsLimits({ figures }: MeasuredVisionPlan): boolean {
  return figures !== null && figures.divergence.value <= 0.001 && figures.agreement.value >= 0.997 && figures.predictions >= 2000;
}
