import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions, type LoadProgress, type OptionNames, VisionError } from '@h2ovl/contract';
import type { FeatureSource } from '../../answer/prompt-source.ts';
import { packageVersion } from '../../convert/package-version.ts';
import { openTower, type Tower } from '../../convert/tower.ts';
import { locateModel } from '../../model-files/locate-model.ts';
import type { MeasuredVisionPlan, PlanFigures, VisionPlan } from '../../model-files/vision-plan.ts';
import { probeInt8Limit } from '../../runtime/int8-probe.ts';
import { openRuntime } from '../../runtime/open-runtime.ts';
import type { Runtime, Session } from '../../runtime/port.ts';
import { openPrecision, type ReadableModel, withPage } from '../open-precision.ts';
import { type CalibrationPages, findCalibrationPages } from './calibration-pages.ts';
import { chooseForms, estimateShare, type TriedForms, tightenForms } from './choose-forms.ts';
import { keepsAnswers, PlanJudge, type PlanLimits, planLimits, type ReferenceReading } from './judge-plan.ts';
import { PlanRecords } from './plan-records.ts';
import { listAllCandidates, observeMatrices, runTile, type TryContext, timeForms, tryForms, withGraph } from './try-forms.ts';

/** What is being worked on: a conversion, a model being opened, or a step of the measurement. */
export type MeasureProgress =
  | LoadProgress
  | { readonly type: 'measure'; readonly step: string; readonly done: number; readonly total: number };

export interface VisionPlanOptions {
  /** Folder with images of one's own pages, which choose the forms. @default the pages that come with the package */
  readonly pages?: string;
  /** Largest magnitude of int8 weights. @default what this processor bears */
  readonly int8Limit?: 64 | 127;
  readonly threads?: number;
  /** Folder of the cache, where a measurement that was stopped is taken up again. @default `H2OVL_HOME` or the platform's cache folder */
  readonly home?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MeasureProgress) => void;
}

const visionPlanOptionNames: OptionNames<VisionPlanOptions> = {
  pages: true,
  int8Limit: true,
  threads: true,
  home: true,
  signal: true,
  onProgress: true,
};

/** Largest error of a matrix's outputs, as a share, in the first plan that is judged. A plan of nano's matrices up to it keeps the answers; outliers that are not smoothed cost 10 to 40 %. */
const firstTolerance = 0.08;
/** Plans that are judged before float32 stays. */
const maxAttempts = 3;
/** A plan must take at most this share of float32's time: by the times of its matrices before it is judged, by the time of tiles afterwards. */
const mostShare = 0.95;
/** Tiles that choose the forms. */
const maxTiles = 12;

/**
 * Measures which 8-bit forms the matrices of a checkpoint's vision part bear: observes their inputs on pages, tries forms of each, and judges the plan whole on
 * known texts of other pages. Where a plan does not keep the answers, its worst matrices take better forms, twice; then float32 stays. Nothing but the record of a
 * measurement under way is written; `convertCheckpoint` and `ensureConverted` take the result.
 * @throws VisionError INVALID_ARGUMENT (a model that is converted already, pages), and as loadModel; rejects with `signal.reason` when cancelled
 */
export function measureVisionPlan(source: string | URL, options: VisionPlanOptions = {}): Promise<MeasuredVisionPlan> {
  return measureAssuming({}, source, options);
}

/** What tests say instead of measuring it: times differ from machine to machine, and limits are never met by chance. */
export interface Assumed {
  /** By `timeKey`. */
  readonly times?: Readonly<Record<string, number>>;
  readonly timeShare?: number;
  readonly limits?: PlanLimits;
}

/** The same, of which some is not measured but assumed. */
export async function measureAssuming(assumed: Assumed, source: string | URL, options: VisionPlanOptions): Promise<MeasuredVisionPlan> {
  checkOptions(options, visionPlanOptionNames, 'measureVisionPlan()');
  const { signal = new AbortController().signal } = options;
  const located = await locateModel(source);
  if (located.type === 'converted') {
    throw new VisionError('INVALID_ARGUMENT', `${located.directory} is converted already; measuring takes the original checkpoint.`, {
      hint: 'Pass the folder it was converted from, or an alias.',
    });
  }
  const pages = await findCalibrationPages(options.pages);
  const runtime = await openRuntime(options.threads === undefined ? {} : { threads: options.threads });
  try {
    const int8Limit = options.int8Limit ?? (await probeInt8Limit(runtime));
    return await measure({ ...options, assumed, signal, runtime, int8Limit, checkpoint: located.directory, calibration: pages });
  } finally {
    await runtime.dispose();
  }
}

interface Work extends VisionPlanOptions {
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
  readonly int8Limit: 64 | 127;
  readonly checkpoint: string;
  readonly calibration: CalibrationPages;
  readonly assumed: Assumed;
}

async function measure(work: Work): Promise<MeasuredVisionPlan> {
  const { runtime, checkpoint, calibration, int8Limit, signal, onProgress } = work;
  const tower = await openTower(checkpoint, { signal });
  try {
    const key = [tower.fingerprint, calibration.digest, int8Limit, runtime.info.version, await packageVersion()];
    const onWait = (pid: number): void => onProgress?.({ type: 'wait', reason: `Process ${pid} is measuring this checkpoint.` });
    const records = await PlanRecords.open(key, { ...(work.home !== undefined && { home: work.home }), signal, onWait });
    try {
      const model = await openPrecision('exact', { ...work, home: join(records.folder, 'home'), onProgress });
      try {
        const result = await findPlan({ ...work, tower, records, model });
        await records.finish();
        return result;
      } finally {
        await model.opened.dispose();
      }
    } finally {
      await records.close();
    }
  } finally {
    await tower.close();
  }
}

interface Search extends Work {
  readonly tower: Tower;
  readonly records: PlanRecords;
  readonly model: ReadableModel;
}

async function findPlan(search: Search): Promise<MeasuredVisionPlan> {
  const { tower, records, model, calibration, signal, runtime, int8Limit, onProgress, assumed } = search;
  const { limits = planLimits } = assumed;
  const onStep = (step: string, done: number, total: number): void => onProgress?.({ type: 'measure', step, done, total });
  const graphs = join(records.folder, 'graphs');
  await mkdir(graphs, { recursive: true });
  const context: TryContext = { runtime, tower, int8Limit, folder: graphs, signal, onStep };
  const judge = new PlanJudge({ model, limits, pages: calibration.judge, folder: records.folder, signal, onStep });
  const reference = await records.keep('reference', () => judge.readReference(model.opened.vision));
  const { smoothing, tried } = await records.keep('tried', () => tryAll(search, context));
  await model.opened.vision.dispose(); // what is judged comes from graphs of its own

  const origin = calibration.origin;
  let forms = chooseForms(tried, firstTolerance);
  let last: PlanFigures | null = null;
  for (let failed = 0; failed < maxAttempts; failed += 1) {
    if (estimateShare(tower.matrices, tried, forms) > mostShare) {
      const why =
        failed === 0 ? 'No plan is enough faster than float32 on this processor' : 'What keeps the answers is no faster than float32';
      return { plan: null, figures: last, failed, calibration: origin, outcome: `${why}; the vision part stays in float32.` };
    }
    const plan: VisionPlan = { matrices: forms, smoothing };
    last = await records.keep(`judged-${failed}`, () =>
      judgeWhole(plan, `plan ${failed}`, { judge, reference, context, model, assumed, limits }),
    );
    if (keepsAnswers(last, limits)) {
      if ((last.timeShare ?? 1) > mostShare) {
        const outcome = 'The plan keeps the answers and is no faster than float32 here; the vision part stays in float32.';
        return { plan: null, figures: last, failed, calibration: origin, outcome };
      }
      return { plan, figures: last, failed, calibration: origin, outcome: 'The plan keeps the answers.' };
    }
    forms = tightenForms(tried, forms);
  }
  const { divergence, agreement, predictions } = limits;
  const asked = `a divergence of ${divergence} nats at most and the same first token in ${agreement * 100} % of ${predictions} predictions`;
  return {
    ...{ plan: null, figures: last, failed: maxAttempts, calibration: origin },
    outcome: `None of ${maxAttempts} plans keeps the answers (${asked}); the vision part stays in float32.`,
  };
}

/** Everything that chooses forms, on the pages for it. */
async function tryAll(
  { model, calibration, signal, assumed }: Search,
  context: TryContext,
): Promise<{ smoothing: VisionPlan['smoothing']; tried: TriedForms }> {
  const patches: Float32Array[] = [];
  for (const file of calibration.choose) {
    await withPage(model, { file, question: 'Read the text in the image.' }, signal, async (_, tiles) => {
      for (const tile of tiles.slice(0, maxTiles - patches.length)) patches.push(await tile.patches());
    });
  }
  const tiles = { patches, manifest: model.manifest };
  const times = assumed.times ?? (await timeForms(context));
  const candidates = listAllCandidates(await observeMatrices(tiles, context), times);
  return { smoothing: candidates.smoothing, tried: await tryForms(tiles, candidates, times, context) };
}

interface Judging {
  readonly judge: PlanJudge;
  readonly reference: ReferenceReading;
  readonly context: TryContext;
  readonly model: ReadableModel;
  readonly assumed: Assumed;
  readonly limits: PlanLimits;
}

/** Pairs of tiles that are timed, one with float32 and one with the plan in turns. */
const timedPairs = 3;

async function judgeWhole(
  plan: VisionPlan,
  name: string,
  { judge, reference, context, model, assumed, limits }: Judging,
): Promise<PlanFigures> {
  return withGraph({ type: 'compute', plan }, context, async (session) => {
    const vision: FeatureSource = {
      tilesPerRun: 1,
      encodeAll: async (tiles, signal) => {
        const encoded = [];
        for (const tile of tiles) {
          encoded.push({ features: await runTile(session, await tile.patches(), model.manifest, [], signal), cached: false });
        }
        return encoded;
      },
    };
    const figures = await judge.judge(name, vision, reference);
    if (!keepsAnswers(figures, limits)) return { ...figures, timeShare: null };
    return { ...figures, timeShare: assumed.timeShare ?? (await timeTiles(session, context, model)) };
  });
}

/** Least time of a tile with the plan, as a share of float32's. */
async function timeTiles(planned: Session, context: TryContext, model: ReadableModel): Promise<number> {
  const { tileSizePx } = model.manifest.model.image;
  const tile = Float32Array.from({ length: 3 * tileSizePx ** 2 }, (_, i) => Math.sin(i * 12.9898));
  return withGraph({ type: 'compute', plan: { matrices: {}, smoothing: {} } }, context, async (float32) => {
    const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
    for (let pair = 0; pair < timedPairs; pair += 1) {
      for (const [index, session] of [float32, planned].entries()) {
        const started = performance.now();
        await runTile(session, tile, model.manifest, [], context.signal);
        least[index as 0 | 1] = Math.min(least[index as 0 | 1], performance.now() - started);
        context.onStep('timing the plan', 2 * pair + index + 1, 2 * timedPairs);
      }
    }
    return least[1] / least[0];
  });
}
