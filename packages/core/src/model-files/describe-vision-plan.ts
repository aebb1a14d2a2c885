import type { Manifest } from './manifest.ts';
import { describeMix } from './vision-plan.ts';

/** Weights from which on a plan saves more time than measuring takes in a few hundred pages; below, a tile takes a fraction of a second anyway. */
const leastWeightBytes = 64_000_000;

/** Whether a conversion is of the kind that plans are for: `balanced`, for the CPU. */
export function takesVisionPlan({ precision, form }: Manifest): boolean {
  return precision.name === 'balanced' && form.device === 'cpu';
}

/** Whether measuring a plan is worth its minutes without being asked for: a large vision part, in float32 because nothing was measured. */
export function paysToMeasure(manifest: Manifest): boolean {
  const bytes = manifest.files[manifest.graphs.vision.data]?.size ?? 0;
  return takesVisionPlan(manifest) && manifest.precision.visionPlan === undefined && bytes >= leastWeightBytes;
}

/** How the vision part computes and what that was measured to cost, in a sentence or two; undefined for conversions without a plan that need none. */
export function describeVisionPlan(manifest: Manifest): string | undefined {
  const measured = manifest.precision.visionPlan;
  if (measured === undefined) {
    return paysToMeasure(manifest)
      ? 'The vision part is in float32: nobody has measured what 8 bits cost these weights; converting them by name does (h2ovl convert).'
      : undefined;
  }
  const { plan, figures, outcome } = measured;
  const cost = figures === null ? '' : ` ${describeFigures(figures)}`;
  if (plan === null) return `Vision plan: ${outcome}${cost === '' ? '' : ` The last plan:${cost}`}`;
  const { matrices, int8, int8Twice, withColumnsApart, float32, smoothedChannels } = describeMix(plan);
  const apart = withColumnsApart === 0 ? '' : `, ${withColumnsApart} of them with columns apart`;
  const mix = `${int8} of ${matrices} matrices in int8, ${int8Twice} in two int8 products${apart}, ${float32} in float32; ${smoothedChannels} channels smoothed.`;
  return `Vision plan, measured on these weights: ${mix}${cost}`;
}

function describeFigures({
  predictions,
  pages,
  agreement,
  divergence,
  timeShare,
}: NonNullable<NonNullable<Manifest['precision']['visionPlan']>['figures']>): string {
  const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
  const time = timeShare === null ? '' : `; a tile took ${percent(timeShare)} of float32's time`;
  return (
    `KL ${divergence.value.toFixed(5)} nats (${divergence.low.toFixed(5)} to ${divergence.high.toFixed(5)}), ` +
    `same first token ${percent(agreement.value)} (${percent(agreement.low)} to ${percent(agreement.high)}), ${predictions} predictions on ${pages} pages${time}.`
  );
}
