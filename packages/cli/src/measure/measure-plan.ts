import { type Manifest, type MeasuredVisionPlan, paysToMeasure, takesVisionPlan } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import { given } from '../given.ts';
import { createLoadReporter } from '../terminal/progress-labels.ts';

/** Whether the vision part is measured: on the images of a folder, on the library's pages, not at all, or where it pays. */
export type Calibrate = string | boolean | undefined;

export interface PlanRequest {
  /** Folder of the original files. */
  readonly checkpoint: string;
  /** Of the conversion as it is. */
  readonly manifest: Manifest;
  readonly int8Limit: 64 | 127 | undefined;
  readonly calibrate: Calibrate;
}

/** Measures a plan where it was asked for or pays; undefined where nothing is measured. */
export async function measurePlan(
  { checkpoint, manifest, int8Limit, calibrate }: PlanRequest,
  { library, signal, status }: CommandContext,
): Promise<MeasuredVisionPlan | undefined> {
  const isWanted = calibrate === undefined ? paysToMeasure(manifest) : calibrate !== false && takesVisionPlan(manifest);
  if (!isWanted) return undefined;
  status.logPhase(
    'Measuring which parts of the vision tower bear 8 bits, once; minutes for a large model. --no-calibrate leaves it in float32.',
  );
  const reportLoad = createLoadReporter(status);
  let logged: { readonly step: string; readonly done: number } | undefined;
  return library.measureVisionPlan(checkpoint, {
    ...given({ int8Limit, pages: typeof calibrate === 'string' ? calibrate : undefined }),
    signal,
    onProgress: (progress) => {
      if (progress.type !== 'measure') return reportLoad(progress);
      const { step, done, total } = progress;
      // A line for each step, and for each further plan that is judged, where nobody watches the progress.
      if (step !== logged?.step || done < logged.done) status.logPhase(`Vision plan: ${step}, ${done} of ${total}.`);
      logged = { step, done };
      status.show({ label: `vision plan: ${step}, ${done} of ${total}`, fraction: done / total });
    },
  });
}
