import { join } from 'node:path';
import { describeMix, type MeasuredVisionPlan, type MeasureProgress } from '@h2ovl/core';
import { type Assumed, measureAssuming } from '@h2ovl/core/internal/quality/vision-plan/measure-vision-plan';
import { timeKey } from '@h2ovl/core/internal/quality/vision-plan/try-forms';
import { spoilTower, type TowerSpoiling } from './spoil-tower.ts';

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

/** Stands for the time of a tile where nobody took it. */
export const unmeasuredTime: number = Number.MIN_VALUE;

export interface CaseOptions {
  /** Folder of the original checkpoint. */
  readonly checkpoint: string;
  /** For the spoiled copy and what is measured. */
  readonly folder: string;
  readonly assumed?: Assumed;
  readonly threads?: number | undefined;
  readonly onProgress?: (progress: MeasureProgress) => void;
}

/** Measures one case. */
export async function measureCase(
  { spoiling }: TrialCase,
  { checkpoint, folder, assumed = {}, threads, onProgress }: CaseOptions,
): Promise<MeasuredVisionPlan> {
  const spoiled = join(folder, 'checkpoint');
  if (spoiling !== undefined) spoilTower(checkpoint, spoiled, spoiling);
  const source = spoiling === undefined ? checkpoint : spoiled;
  return measureAssuming(assumed, source, {
    home: join(folder, 'home'),
    ...(threads !== undefined && { threads }),
    ...(onProgress && { onProgress }),
  });
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
    plan === null || figures === null ? '' : describeTime(figures.timeShare),
    String(failed),
    outcome,
  ];
  return `| ${cells.join(' | ')} |`;
}

const describeTime = (share: number | null): string => (share === null || share === unmeasuredTime ? 'not measured' : share.toFixed(2));

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** What every plan that is used must keep, said once more here: the trial does not believe the code that it tries. */
export function keepsLimits({ figures }: MeasuredVisionPlan): boolean {
  return figures !== null && figures.divergence.value <= 0.001 && figures.agreement.value >= 0.997 && figures.predictions >= 2000;
}
