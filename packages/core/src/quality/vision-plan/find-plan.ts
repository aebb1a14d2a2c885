import { join } from 'node:path';
import type { LoadProgress } from '@h2ovl/contract';
import type { FeatureSource } from '../../answer/prompt-source.ts';
import type { Tower } from '../../convert/tower.ts';
import {
  digestWeights,
  type MeasuredOn,
  type MeasuredVisionPlan,
  type PlanFigures,
  type VisionPlan,
} from '../../model-files/vision-plan.ts';
import type { Runtime, Session } from '../../runtime/port.ts';
import { makePrivateFolder } from '../../store/private-file.ts';
import { removePath } from '../../store/remove-path.ts';
import { type PreparedPrecision, withTiles } from '../open-precision.ts';
import type { CalibrationPages } from './calibration-pages.ts';
import { chooseForms, estimateShare, mostTime, type TriedForms, tightenForms } from './choose-forms.ts';
import { keepsAnswers, PlanJudge, type PlanLimits, planLimits } from './judge-plan.ts';
import { type PredictedPage, pagesToJudge, question } from './judged-pages.ts';
import { type LanguagePart, openLanguagePart } from './language-part.ts';
import type { PlanRecords } from './plan-records.ts';
import { ReferenceFeatures } from './reference-features.ts';
import { listAllCandidates, observeMatrices, runTile, type TryContext, timeForms, tryForms, withGraph } from './try-forms.ts';

/** What tests say instead of measuring it. */
export interface FindAssumed {
  /** By `timeKey`. */
  readonly times?: Readonly<Record<string, number>>;
  readonly timeShare?: number;
  readonly limits?: PlanLimits;
}

export interface Search {
  readonly runtime: Runtime;
  readonly tower: Tower;
  readonly int8Limit: 64 | 127;
  readonly records: PlanRecords;
  /** The checkpoint at `exact`, whose graphs are opened only when pages are read: a processor on which no form is fast needs none of that. */
  readonly model: PreparedPrecision;
  readonly calibration: CalibrationPages;
  readonly assumed: FindAssumed;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
  readonly onStep: (step: string, done: number, total: number) => void;
}

/** Largest error of a matrix's outputs, as a share, in the first plan that is judged. A plan of nano's matrices up to it keeps the answers; outliers that are not smoothed cost 10 to 40 %. */
const firstTolerance = 0.08;
/** Plans that are judged before float32 stays. */
const maxAttempts = 3;
/** A plan must take at most this share of float32's time: by the times of its matrices before it is judged, by the time of tiles afterwards. */
const mostShare = 0.95;
/** Tiles that choose the forms. */
const maxTiles = 12;

/** Chooses forms on some pages, and judges them on others until a plan keeps the answers or none is left. */
export async function findPlan(search: Search): Promise<MeasuredVisionPlan> {
  const { tower, records, runtime, int8Limit, signal, onStep, assumed, calibration } = search;
  const graphs = join(records.folder, 'graphs');
  await removePath(graphs); // gigabytes, where somebody was killed while a graph was open
  await makePrivateFolder(graphs);
  const context: TryContext = { runtime, tower, int8Limit, folder: graphs, signal, onStep };
  const times = assumed.times ?? (await records.keep('times', () => timeForms(context)));
  const pages = pagesToJudge(calibration.judge, search.model.tokenizer);
  const reference = await ReferenceFeatures.open(records, runtime.info.version, { ...search, pages });
  const { smoothing, tried } = await records.keep('tried', () => tryAll(search, { times, reference }, context));
  const forms = chooseForms(tried, firstTolerance);
  if (estimateShare(tower.matrices, tried, forms) > mostShare) {
    const outcome = 'No plan is enough faster than float32 on this processor; the vision part stays in float32.';
    return { plan: null, figures: null, failed: 0, calibration: calibration.origin, measuredOn: measuredOn(search), outcome };
  }
  if (!(await reference.isComplete())) await makeAgain(reference, search, context);
  const language = await openLanguagePart(search.model, search);
  try {
    return await judgePlans({ smoothing, tried, forms }, { ...search, context, pages, reference, language });
  } finally {
    await language.dispose();
  }
}

/** What a stopped measurement left in pieces, with a float32 tower of its own. */
async function makeAgain(reference: ReferenceFeatures, { model, signal }: Search, context: TryContext): Promise<void> {
  const float32: VisionPlan = { matrices: {}, smoothing: {} };
  await withGraph({ type: 'compute', plan: float32 }, context, (session) =>
    reference.make((patches) => runTile(session, patches, model.manifest, [], signal)),
  );
}

const measuredOn = ({ model, int8Limit }: Pick<Search, 'model' | 'int8Limit'>): MeasuredOn => ({
  weights: digestWeights(model.manifest.source.files),
  int8Limit,
});

interface Found {
  readonly smoothing: VisionPlan['smoothing'];
  readonly tried: TriedForms;
}

/** Everything that chooses forms, on the pages for it. The pages that judge are encoded in between, by the tower that is open then. */
async function tryAll(
  { model, calibration, signal }: Search,
  { times, reference }: { readonly times: Readonly<Record<string, number>>; readonly reference: ReferenceFeatures },
  context: TryContext,
): Promise<Found> {
  // The times hold float32's own share too, which is 1.
  if (Object.values(times).every((share) => share > mostTime)) return { smoothing: {}, tried: {} };
  const patches: Float32Array[] = [];
  for (const [at, file] of calibration.choose.entries()) {
    // No page takes the places of those behind it.
    const most = Math.ceil((maxTiles - patches.length) / (calibration.choose.length - at));
    await withTiles(model, { file, question }, signal, async (tiles) => {
      for (const tile of spread(tiles, most)) patches.push(await tile.patches());
    });
  }
  const tiles = { patches, manifest: model.manifest };
  const observed = await observeMatrices(tiles, context, (encode) => reference.make(encode));
  const candidates = listAllCandidates(observed, times);
  return { smoothing: candidates.smoothing, tried: await tryForms(tiles, candidates, times, context) };
}

/** So many of them, from all over the page. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  const count = Math.min(all.length, most);
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)] as T);
}

interface Judging extends Search {
  readonly context: TryContext;
  readonly pages: readonly PredictedPage[];
  readonly reference: ReferenceFeatures;
  readonly language: LanguagePart;
}

async function judgePlans(found: Found & { readonly forms: VisionPlan['matrices'] }, judging: Judging): Promise<MeasuredVisionPlan> {
  const { tower, records, calibration, assumed } = judging;
  const { limits = planLimits } = assumed;
  const { smoothing, tried } = found;
  const judge = new PlanJudge({ ...judging, limits });
  await judge.readReference(judging.reference);
  const about = { calibration: calibration.origin, measuredOn: measuredOn(judging) };
  let { forms } = found;
  let last: PlanFigures | null = null;
  for (let failed = 0; failed < maxAttempts; failed += 1) {
    if (estimateShare(tower.matrices, tried, forms) > mostShare) {
      const outcome = 'What keeps the answers is no faster than float32; the vision part stays in float32.';
      return { plan: null, figures: last, failed, ...about, outcome };
    }
    const plan: VisionPlan = { matrices: forms, smoothing };
    last = await records.keep(`judged-${failed}`, () => judgeWhole(plan, `plan-${failed}`, { judge, limits, judging }));
    if (keepsAnswers(last, limits)) {
      if ((last.timeShare ?? 1) > mostShare) {
        const outcome = 'The plan keeps the answers and is no faster than float32 here; the vision part stays in float32.';
        return { plan: null, figures: last, failed, ...about, outcome };
      }
      return { plan, figures: last, failed, ...about, outcome: 'The plan keeps the answers.' };
    }
    forms = tightenForms(tried, forms);
  }
  const { divergence, agreement, predictions } = limits;
  const asked = `a divergence of ${divergence} nats at most and the same first token in ${agreement * 100} % of ${predictions} predictions`;
  return {
    ...{ plan: null, figures: last, failed: maxAttempts, ...about },
    outcome: `None of ${maxAttempts} plans keeps the answers (${asked}); the vision part stays in float32.`,
  };
}

interface Whole {
  readonly judge: PlanJudge;
  readonly limits: PlanLimits;
  readonly judging: Judging;
}

/** Pairs of tiles that are timed, one with float32 and one with the plan in turns. */
const timedPairs = 3;

async function judgeWhole(plan: VisionPlan, name: string, { judge, limits, judging }: Whole): Promise<PlanFigures> {
  const { context, model, language, assumed } = judging;
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
    const figures = await judge.judge(name, vision);
    if (!keepsAnswers(figures, limits)) return { ...figures, timeShare: null };
    if (assumed.timeShare !== undefined) return { ...figures, timeShare: assumed.timeShare };
    await language.dispose(); // nothing is read after a plan that keeps the answers: its memory is for the float32 tower
    return { ...figures, timeShare: await timeTiles(session, context, model) };
  });
}

/** Least time of a tile with the plan, as a share of float32's, whose graph is that of the conversion to `exact`. */
async function timeTiles(
  planned: Session,
  { runtime, signal, onStep }: TryContext,
  { directory, manifest }: PreparedPrecision,
): Promise<number> {
  const { tileSizePx } = manifest.model.image;
  const tile = Float32Array.from({ length: 3 * tileSizePx ** 2 }, (_, i) => Math.sin(i * 12.9898));
  const float32 = await runtime.openSession(join(directory, manifest.graphs.vision.file));
  try {
    const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number];
    for (let pair = 0; pair < timedPairs; pair += 1) {
      for (const [index, session] of [float32, planned].entries()) {
        const started = performance.now();
        await runTile(session, tile, manifest, [], signal);
        least[index as 0 | 1] = Math.min(least[index as 0 | 1], performance.now() - started);
        onStep('timing the plan', 2 * pair + index + 1, 2 * timedPairs);
      }
    }
    return least[1] / least[0];
  } finally {
    await float32.dispose();
  }
}
