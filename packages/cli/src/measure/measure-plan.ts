import { VisionError } from '@h2ovl/contract';
import { type Manifest, type MeasuredVisionPlan, paysToMeasure, takesVisionPlan } from '@h2ovl/core';
import type { CommandContext } from '../command-context.ts';
import { given } from '../given.ts';
import { createLoadReporter } from '../terminal/progress-labels.ts';

/** Whether the vision part is measured: on the images of a folder, on the library's pages, not at all, or where it pays. */
export type Calibrate = string | boolean | undefined;

export interface PlanRequest {
  /** Folder of the original files. */
  readonly checkpoint: string;
  /** Folder that the result goes to; undefined: the cache. */
  readonly output?: string | undefined;
  /** Of the conversion as it is. */
  readonly manifest: Manifest;
  readonly int8Limit: 64 | 127 | undefined;
  readonly calibrate: Calibrate;
}

/**
 * Measures a plan where it was asked for or pays; undefined where nothing is measured. Too little memory, time or room on the disk are no failures: the model that
 * was converted before can be used, and a warning says what was missing and how to go on.
 */
export async function measurePlan(request: PlanRequest, context: CommandContext): Promise<MeasuredVisionPlan | undefined> {
  const { manifest, calibrate } = request;
  const isWanted = calibrate === undefined ? paysToMeasure(manifest) : calibrate !== false && takesVisionPlan(manifest);
  if (!isWanted) return undefined;
  const { status } = context;
  status.logPhase(
    'Measuring which parts of the vision tower bear 8 bits, once; minutes for a large model. --no-calibrate leaves it in float32.',
  );
  try {
    return await measure(request, context);
  } catch (error) {
    if (!VisionError.isInstance(error) || !keepsFloat32.includes(error.code)) throw error;
    status.clear();
    status.warn(`${error.message} [${error.code}] To measure it, or to go on where it stopped: ${nextMove(request, context)}`);
    return undefined;
  }
}

/** Codes of `measureVisionPlan` for too little memory, too little time, and too little room on the disk. */
const keepsFloat32: readonly string[] = ['RUNTIME_UNAVAILABLE', 'MEASUREMENT_UNFINISHED', 'STORAGE_UNAVAILABLE'];

/** The command that measures again. What it makes goes where this one's result went. */
function nextMove({ checkpoint, output, calibrate }: PlanRequest, { world }: CommandContext): string {
  const place = output === undefined ? '' : ` ${quote(output)}`;
  const pages = typeof calibrate === 'string' ? ` ${quote(calibrate)}` : '';
  return `${world.h2ovl} convert ${quote(checkpoint)}${place} --calibrate${pages}`;
}

const quote = (path: string): string => (/^[\w./@:+-]+$/.test(path) ? path : JSON.stringify(path));

function measure(
  { checkpoint, int8Limit, calibrate }: PlanRequest,
  { library, signal, status }: CommandContext,
): Promise<MeasuredVisionPlan> {
  const reportLoad = createLoadReporter(status);
  let logged: { readonly step: string; readonly done: number } | undefined;
  return library.measureVisionPlan(checkpoint, {
    ...given({ int8Limit, pages: typeof calibrate === 'string' ? calibrate : undefined }),
    signal,
    onProgress: (progress) => {
      if (progress.type !== 'measure') return reportLoad(progress);
      const { step, done, total, elapsedMs, timeLimitMs } = progress;
      // A line for each step, and for each further plan that is judged, where nobody watches the progress.
      if (step !== logged?.step || done < logged.done) status.logPhase(`Vision plan: ${step}, ${done} of ${total}.`);
      logged = { step, done };
      const minutes = (ms: number): string => String(Math.round(ms / 60_000));
      const time = `${minutes(elapsedMs)} of at most ${minutes(timeLimitMs)} min`;
      status.show({ label: `vision plan: ${step}, ${done} of ${total}; ${time}`, fraction: done / total });
    },
  });
}
