import { join } from 'node:path';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { spoilTower } from '../../../dev/src/vision-plan-trial/spoil-tower.ts';
import { assumedTimes } from '../../../dev/src/vision-plan-trial/trial-cases.ts';
import type { MeasuredVisionPlan } from '../../src/model-files/vision-plan.ts';
import { type Assumed, type MeasureProgress, measureAssuming } from '../../src/quality/vision-plan/measure-vision-plan.ts';

/** Writes a tiny checkpoint and one whose tower has outliers. */
export async function writeCheckpoints(folder: string): Promise<{ readonly checkpoint: string; readonly spoiled: string }> {
  const [checkpoint, spoiled] = [join(folder, 'tiny'), join(folder, 'spoiled')];
  const config = tinyConfig();
  Object.assign(config.llm_config, { max_position_embeddings: 512 });
  await writeMiniCheckpoint(checkpoint, config);
  spoilTower(checkpoint, spoiled, { seed: 7, outlierChannels: { count: 2, scale: 64 }, largeNeurons: { count: 1, scale: 64 } });
  return { checkpoint, spoiled };
}

/** Such small matrices are slower in 8 bits than in float32 on any processor. */
export const times: Readonly<Record<string, number>> = assumedTimes;
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
