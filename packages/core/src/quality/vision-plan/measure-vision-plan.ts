import { join } from 'node:path';
import { checkOptions, type LoadProgress, linkSignal, type OptionNames, VisionError } from '@h2ovl/contract';
import { packageVersion } from '../../convert/package-version.ts';
import { openTower } from '../../convert/tower.ts';
import { findFresh } from '../../model-files/conversion-cache.ts';
import { locateModel } from '../../model-files/locate-model.ts';
import { readModelConfig } from '../../model-files/model-config.ts';
import type { MeasuredVisionPlan } from '../../model-files/vision-plan.ts';
import type { DeviceMemory } from '../../runtime/choose-device.ts';
import { probeInt8Limit } from '../../runtime/int8-probe.ts';
import { openRuntime } from '../../runtime/open-runtime.ts';
import type { Runtime } from '../../runtime/port.ts';
import { cacheDirectory } from '../../store/cache-directory.ts';
import { preparePrecision } from '../open-precision.ts';
import { type CalibrationPages, findCalibrationPages } from './calibration-pages.ts';
import { type FindAssumed, findPlan } from './find-plan.ts';
import { checkMeasurementMemory, checkTimeLimit, defaultTimeLimitMs, unfinished } from './measurement-bounds.ts';
import { PlanRecords } from './plan-records.ts';

/** What is being worked on: a conversion, a model being opened, or a step of the measurement. */
export type MeasureProgress =
  | LoadProgress
  | {
      readonly type: 'measure';
      readonly step: string;
      readonly done: number;
      readonly total: number;
      /** Since this call began to measure, and when it stops. */
      readonly elapsedMs: number;
      readonly timeLimitMs: number;
    };

export interface VisionPlanOptions {
  /** Folder with images of one's own pages, which choose the forms. @default the pages that come with the package */
  readonly pages?: string;
  /** Largest magnitude of int8 weights. @default what this processor bears */
  readonly int8Limit?: 64 | 127;
  readonly threads?: number;
  /**
   * Milliseconds by the clock after which this call gives up; the next one goes on where it stopped. Waiting for another process does not count.
   * @default ten minutes, for models of more than 10^9 parameters more in proportion
   */
  readonly timeLimitMs?: number;
  /** Folder of the cache, where a measurement that was stopped is taken up again. @default `H2OVL_HOME` or the platform's cache folder */
  readonly home?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MeasureProgress) => void;
}

const visionPlanOptionNames: OptionNames<VisionPlanOptions> = {
  pages: true,
  int8Limit: true,
  threads: true,
  timeLimitMs: true,
  home: true,
  signal: true,
  onProgress: true,
};

/**
 * Measures which 8-bit forms the matrices of a checkpoint's vision part bear: observes their inputs on pages, tries forms of each, and judges the plan whole on
 * known texts of other pages. Where a plan does not keep the answers, its worst matrices take better forms, twice; then float32 stays. Nothing but the record of a
 * measurement under way is written; `convertCheckpoint` and `ensureConverted` take the result.
 * @throws VisionError RUNTIME_UNAVAILABLE (too little memory, before anything is done), MEASUREMENT_UNFINISHED (the time limit), INVALID_ARGUMENT (a model that is
 * converted already, pages, timeLimitMs), and as loadModel; rejects with `signal.reason` when cancelled
 */
export function measureVisionPlan(source: string | URL, options: VisionPlanOptions = {}): Promise<MeasuredVisionPlan> {
  return measureAssuming({}, source, options);
}

/** What tests say instead of measuring it: times differ from machine to machine, and limits are never met by chance. */
export interface Assumed extends FindAssumed {
  /** What is free. */
  readonly memory?: DeviceMemory;
}

/** The same, of which some is not measured but assumed. */
export async function measureAssuming(assumed: Assumed, source: string | URL, options: VisionPlanOptions): Promise<MeasuredVisionPlan> {
  checkOptions(options, visionPlanOptionNames, 'measureVisionPlan()');
  const { signal = new AbortController().signal } = options;
  if (options.timeLimitMs !== undefined) checkTimeLimit(options.timeLimitMs);
  const located = await locateModel(source);
  if (located.type === 'converted') {
    throw new VisionError('INVALID_ARGUMENT', `${located.directory} is converted already; measuring takes the original checkpoint.`, {
      hint: 'Pass the folder it was converted from, or an alias.',
    });
  }
  const config = await readModelConfig(located.directory);
  checkMeasurementMemory(config, assumed.memory);
  const timeLimitMs = options.timeLimitMs ?? defaultTimeLimitMs(config);
  const pages = await findCalibrationPages(options.pages);
  const runtime = await openRuntime(options.threads === undefined ? {} : { threads: options.threads });
  try {
    const int8Limit = options.int8Limit ?? (await probeInt8Limit(runtime));
    return await measure({
      ...options,
      assumed,
      signal,
      runtime,
      int8Limit,
      timeLimitMs,
      checkpoint: located.directory,
      calibration: pages,
    });
  } finally {
    await runtime.dispose();
  }
}

interface Work extends VisionPlanOptions {
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
  readonly int8Limit: 64 | 127;
  readonly timeLimitMs: number;
  readonly checkpoint: string;
  readonly calibration: CalibrationPages;
  readonly assumed: Assumed;
}

async function measure(work: Work): Promise<MeasuredVisionPlan> {
  const { runtime, checkpoint, calibration, int8Limit, signal, onProgress } = work;
  const tower = await openTower(checkpoint, { signal });
  try {
    const key = [tower.fingerprint, calibration.digest, int8Limit, work.threads ?? null, runtime.info.version, await packageVersion()];
    const onWait = (pid: number): void => onProgress?.({ type: 'wait', reason: `Process ${pid} is measuring this checkpoint.` });
    const records = await PlanRecords.open(key, { ...(work.home !== undefined && { home: work.home }), signal, onWait });
    try {
      return await withinTime(work, async (limited) => {
        const model = await preparePrecision('exact', { ...limited, home: await homeOfExact(work, records) });
        const result = await findPlan({ ...limited, tower, records, model });
        await records.finish();
        return result;
      });
    } finally {
      await records.close();
    }
  } finally {
    await tower.close();
  }
}

/** A conversion to `exact` that the user has is taken as it is; else one is made that goes with the record. */
async function homeOfExact({ checkpoint, home = cacheDirectory() }: Work, records: PlanRecords): Promise<string> {
  return (await findFresh(checkpoint, 'exact', home)) === undefined ? join(records.folder, 'home') : home;
}

/** What works within the time: with a signal of its own, and steps that become progress. */
type LimitedWork = Omit<Work, 'onProgress' | 'home'> & {
  readonly onProgress: (progress: LoadProgress) => void;
  readonly onStep: (step: string, done: number, total: number) => void;
};

async function withinTime<T>(work: Work, use: (limited: LimitedWork) => Promise<T>): Promise<T> {
  const { timeLimitMs, onProgress, home: _, ...rest } = work;
  const { signal, abort, release } = linkSignal(work.signal);
  const started = performance.now();
  let where = 'the model was being opened';
  const timer = setTimeout(() => abort(unfinished(timeLimitMs, where)), timeLimitMs);
  const onStep = (step: string, done: number, total: number): void => {
    where = `${step} (${done} of ${total})`;
    onProgress?.({ type: 'measure', step, done, total, elapsedMs: performance.now() - started, timeLimitMs });
  };
  try {
    return await use({ ...rest, timeLimitMs, signal, onStep, onProgress: (progress) => onProgress?.(progress) });
  } finally {
    clearTimeout(timer);
    release();
  }
}
