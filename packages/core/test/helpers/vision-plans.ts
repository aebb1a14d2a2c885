import { join } from 'node:path';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { spoilTower } from '../../../dev/src/vision-plan-trial/spoil-tower.ts';
import type { MeasuredVisionPlan } from '../../src/model-files/vision-plan.ts';
import { type Assumed, type MeasureProgress, measureAssuming } from '../../src/quality/vision-plan/measure-vision-plan.ts';
import { timeKey } from '../../src/quality/vision-plan/try-forms.ts';

/** Writes a tiny checkpoint and one whose tower has outliers. */
export async function writeCheckpoints(folder: string): Promise<{ readonly checkpoint: string; readonly spoiled: string }> {
  const [checkpoint, spoiled] = [join(folder, 'tiny'), join(folder, 'spoiled')];
  const config = tinyConfig();
  Object.assign(config.llm_config, { max_position_embeddings: 512 });
  await writeMiniCheckpoint(checkpoint, config);
  spoilTower(checkpoint, spoiled, { seed: 7, outlierChannels: { count: 2, scale: 64 }, largeNeurons: { count: 1, scale: 64 } });
  return { checkpoint, spoiled };
}

/** As on a processor with fast 8-bit products; such small matrices are slower in 8 bits than in float32 on any. */
export const times: Readonly<Record<string, number>> = Object.fromEntries(
  (['qkv', 'proj', 'fc1', 'fc2', 'projector/fc1', 'projector/fc2'] as const).flatMap((kind) => [
    [timeKey(kind, { type: 'int8', products: 1, apart: [] }), 0.35],
    [timeKey(kind, { type: 'int8', products: 1, apart: [0] }), 0.4],
    [timeKey(kind, { type: 'int8', products: 2, apart: [] }), 0.7],
    [timeKey(kind, { type: 'int8', products: 2, apart: [0] }), 0.75],
  ]),
);
export const fast: Assumed = { times, timeShare: 0.4 };

/** Random weights have no clear favourites: their first tokens change places for a hair's breadth, their divergence tells what a plan costs. */
export const undecided: Assumed = { ...fast, limits: { divergence: 0.001, agreement: 0.98, predictions: 2000 } };

interface More {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MeasureProgress) => void;
  readonly timeLimitMs?: number;
}

/** Measures with homes in `folder`. */
export function measureIn(folder: string): (assumed: Assumed, source: string, home: string, more?: More) => Promise<MeasuredVisionPlan> {
  return (assumed, source, home, more = {}) => measureAssuming(assumed, source, { home: join(folder, home), int8Limit: 64, ...more });
}
