import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * How one matrix of the vision part computes. `products` of 8-bit numbers: 1 with one scale a token, 2 for the high and the low half of each activation.
 * Columns that are `apart` (inputs with a few very large values) are multiplied in float32 and added.
 */
export type MatrixForm =
  | { readonly type: 'float32' }
  | { readonly type: 'int8'; readonly products: 1 | 2; readonly apart: readonly number[] };

/** Powers of two that are moved from the channels of a value into the columns of the matrix behind it: [channel, exponent] pairs. */
export type Smoothing = readonly (readonly [channel: number, exponent: number])[];

/** How the vision part computes, by addresses of its matrices such as `vision/layers.0/attn/qkv`. A matrix that is not named is float32. */
export interface VisionPlan {
  readonly matrices: Readonly<Record<string, MatrixForm>>;
  readonly smoothing: Readonly<Record<string, Smoothing>>;
}

/** A measured value and where it would lie, in 95 of 100 cases, for other pages of the same kind. */
export interface MeasuredValue {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What a plan was measured to cost, against float32 vision on the same pages. */
export interface PlanFigures {
  readonly pages: number;
  /** Next-token predictions compared. */
  readonly predictions: number;
  /** Share of predictions with the same token first. */
  readonly agreement: MeasuredValue;
  /** Mean Kullback-Leibler divergence, nats per prediction. */
  readonly divergence: MeasuredValue;
  /** Time of a tile as a share of float32's, on the machine and at the hour it was measured; null for a plan that did not keep the answers. */
  readonly timeShare: number | null;
}

/** A plan that was judged whole. `plan` is null where none kept the answers and float32 stays. */
export interface MeasuredVisionPlan {
  readonly plan: VisionPlan | null;
  /** Of the plan; where there is none, of the last one that failed. Null where there was nothing to judge: no form is faster than float32 here. */
  readonly figures: PlanFigures | null;
  /** Plans that were judged before this one and did not keep the answers. */
  readonly failed: number;
  /** Pages that chose the forms: those that come with the library, or the user's own. */
  readonly calibration: 'built-in' | 'own';
  /** What it was measured on, and is for. */
  readonly measuredOn: MeasuredOn;
  /** In one sentence, what came of it. */
  readonly outcome: string;
}

/** What a plan is for: what it costs other weights, or these in another range of 8 bits, nobody has measured. */
export interface MeasuredOn {
  /** `digestWeights` of the checkpoint. */
  readonly weights: string;
  /** Largest magnitude of int8 weights. */
  readonly int8Limit: 64 | 127;
}

/** One digest for the weights of a checkpoint, by the SHA-256 of each of its files. */
export function digestWeights(files: Readonly<Record<string, { readonly sha256: string }>>): string {
  const weights = Object.entries(files).filter(([name]) => name.endsWith('.safetensors'));
  const digests = weights.map(([, { sha256 }]) => sha256).sort();
  return createHash('sha256').update(digests.join('\n')).digest('hex');
}

const channel = z.int().nonnegative();
const measuredValue = z.object({ value: z.number(), low: z.number(), high: z.number() });
const matrixForm = z.union([
  z.object({ type: z.literal('float32') }),
  z.object({ type: z.literal('int8'), products: z.union([z.literal(1), z.literal(2)]), apart: z.array(channel) }),
]);

export const measuredVisionPlanSchema: z.ZodType<MeasuredVisionPlan> = z.object({
  plan: z
    .object({
      matrices: z.record(z.string(), matrixForm),
      smoothing: z.record(z.string(), z.array(z.tuple([channel, z.int()]))),
    })
    .nullable(),
  figures: z
    .object({
      pages: z.int().positive(),
      predictions: z.int().positive(),
      agreement: measuredValue,
      divergence: measuredValue,
      timeShare: z.number().positive().nullable(),
    })
    .nullable(),
  failed: z.int().nonnegative(),
  calibration: z.enum(['built-in', 'own']),
  // Manifests of before this was noted: their plan is told, and taken for no other conversion.
  measuredOn: z
    .object({ weights: z.string(), int8Limit: z.union([z.literal(64), z.literal(127)]) })
    .default({ weights: '', int8Limit: 64 }),
  outcome: z.string(),
});

/** How many matrices of a plan compute in which way. */
export interface PlanMix {
  readonly matrices: number;
  readonly int8: number;
  readonly int8Twice: number;
  /** Of both kinds of int8: those with columns apart. */
  readonly withColumnsApart: number;
  readonly float32: number;
  readonly smoothedChannels: number;
}

export function describeMix({ matrices, smoothing }: VisionPlan): PlanMix {
  const forms = Object.values(matrices);
  const int8 = forms.filter((form) => form.type === 'int8');
  return {
    matrices: forms.length,
    int8: int8.filter(({ products }) => products === 1).length,
    int8Twice: int8.filter(({ products }) => products === 2).length,
    withColumnsApart: int8.filter(({ apart }) => apart.length > 0).length,
    float32: forms.length - int8.length,
    smoothedChannels: Object.values(smoothing).reduce((sum, channels) => sum + channels.length, 0),
  };
}
