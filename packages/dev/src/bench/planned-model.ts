import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { convertCheckpoint } from '@h2ovl/core/internal/convert/convert-checkpoint';
import { openTower } from '@h2ovl/core/internal/convert/tower';
import { loadSharp } from '@h2ovl/core/internal/documents/load-sharp';
import type { Manifest } from '@h2ovl/core/internal/model-files/manifest';
import { readManifest } from '@h2ovl/core/internal/model-files/verify-files';
import { describeMix, digestWeights, type VisionPlan } from '@h2ovl/core/internal/model-files/vision-plan';
import { findCalibrationPages } from '@h2ovl/core/internal/quality/vision-plan/calibration-pages';
import { chooseForms } from '@h2ovl/core/internal/quality/vision-plan/choose-forms';
import {
  listAllCandidates,
  observeMatrices,
  runTile,
  type Tiles,
  type TryContext,
  timeForms,
  tryForms,
  withGraph,
} from '@h2ovl/core/internal/quality/vision-plan/try-forms';
import { openRuntime } from '@h2ovl/core/internal/runtime/open-runtime';
import { hashFile } from '@h2ovl/core/internal/store/hash-file';
import { normalizePixels } from '@h2ovl/core/internal/tiles/normalize-pixels';
import { spoilTower, type TowerSpoiling } from '../vision-plan-trial/spoil-tower.ts';
import { type BenchContext, preparedModel } from './bench-context.ts';

/** How hard a tower was made to store in 8 bits. */
interface Severity {
  readonly name: string;
  readonly spoiling: TowerSpoiling;
}

/** The first alone with `--quick`. */
export const severities: readonly Severity[] = [
  { name: '4 channels x 64', spoiling: { seed: 7, outlierChannels: { count: 4, scale: 64 } } },
  {
    name: '12 channels x 256, 4 neurons x 64',
    spoiling: { seed: 9, outlierChannels: { count: 12, scale: 256 }, largeNeurons: { count: 4, scale: 64 } },
  },
];

/**
 * A model of full size in `balanced` whose tower computes as a plan says. The plan is real as far as random weights allow: its forms were chosen by their
 * errors on a tile and their times on this machine, as `measureVisionPlan` chooses them; the whole was not judged, since no answer of random weights tells anything.
 */
export interface PlannedModel {
  readonly directory: string;
  readonly manifest: Manifest;
  /** E.g. `4 channels x 64: 94 int8, 4 float32; error 1.9 %`. */
  readonly description: string;
}

/** As the first plan of a measurement. */
const tolerance = 0.08;

/** Makes the planned form of a spoiled tower, or finds the one that an earlier run made. */
export async function preparePlanned(context: BenchContext, { name, spoiling }: Severity): Promise<PlannedModel> {
  const { folder, model, signal, progress, options } = context;
  const place = join(folder, model.name, `planned ${name}`);
  const record = join(place, 'description.txt');
  const known = options.rebuild ? undefined : await readFile(record, 'utf8').catch(() => undefined);
  const directory = join(place, 'model');
  if (known !== undefined) return { directory, manifest: await readManifest(directory), description: known };
  await rm(place, { recursive: true, force: true });
  await mkdir(join(place, 'graphs'), { recursive: true });
  const spoiled = join(place, 'checkpoint');
  progress.show(`${name}: writing a tower with outliers`);
  spoilTower(context.checkpoint, spoiled, spoiling);
  const { plan, error, int8Limit } = await choosePlan(context, { name, spoiled, graphs: join(place, 'graphs') });
  const mix = describeMix(plan);
  const counts = `${mix.int8 + mix.int8Twice} int8 (${mix.int8Twice} twice, ${mix.withColumnsApart} with columns apart), ${mix.float32} float32`;
  const description = `${name}: ${counts}; error ${(error * 100).toFixed(1)} %`;
  const outcome = 'Forms chosen by their errors on a tile; the whole was not judged: random weights.';
  progress.show(`${name}: converting`);
  const { manifest } = await convertCheckpoint(spoiled, directory, {
    ...{ precision: 'balanced', int8Limit, signal },
    visionPlan: {
      plan,
      figures: null,
      failed: 0,
      calibration: 'built-in',
      measuredOn: { weights: await digestOf(spoiled), int8Limit },
      outcome,
    },
  });
  await rm(spoiled, { recursive: true, force: true });
  await rm(join(place, 'graphs'), { recursive: true, force: true });
  await writeFile(record, description);
  return { directory, manifest, description };
}

/** Of the weights of a checkpoint. */
async function digestOf(checkpoint: string): Promise<string> {
  const names = (await readdir(checkpoint)).filter((name) => name.endsWith('.safetensors'));
  const files = names.map(async (name) => [name, { sha256: await hashFile(join(checkpoint, name), 'sha256') }] as const);
  return digestWeights(Object.fromEntries(await Promise.all(files)));
}

interface Choosing {
  readonly name: string;
  /** Folder of the checkpoint with outliers. */
  readonly spoiled: string;
  readonly graphs: string;
}

interface ChosenPlan {
  readonly plan: VisionPlan;
  /** Root of the mean square of the difference of the features, as a share of theirs, on a page that did not choose. */
  readonly error: number;
  readonly int8Limit: 64 | 127;
}

async function choosePlan(context: BenchContext, { name, spoiled, graphs }: Choosing): Promise<ChosenPlan> {
  const { manifest } = preparedModel(context, 'balanced');
  const int8Limit = manifest.precision.int8Limit ?? 64;
  const runtime = await openRuntime({ threads: context.threads });
  const tower = await openTower(spoiled, { signal: context.signal });
  try {
    const onStep = (step: string, done: number, total: number): void => context.progress.show(`${name}: ${step}, ${done} of ${total}`);
    const work: TryContext = { runtime, tower, int8Limit, folder: graphs, signal: context.signal, onStep };
    const { choose, judge } = await findCalibrationPages();
    const tiles = await readTiles([choose[0] as string], manifest);
    const other = await readTiles([judge[0]?.file as string], manifest);
    const times = await timeForms(work);
    const candidates = listAllCandidates(await observeMatrices(tiles, work), times);
    const matrices = chooseForms(await tryForms(tiles, candidates, times, work), tolerance);
    const plan: VisionPlan = { matrices, smoothing: candidates.smoothing };
    const features = (computed: VisionPlan): Promise<Float32Array> =>
      withGraph({ type: 'compute', plan: computed }, work, (session) =>
        runTile(session, other.patches[0] as Float32Array, manifest, [], context.signal),
      );
    const exact = await features({ matrices: {}, smoothing: {} });
    return { plan, error: relativeError(exact, await features(plan)), int8Limit };
  } finally {
    await tower.close();
    await runtime.dispose();
  }
}

/** Each picture as one tile. */
async function readTiles(files: readonly string[], manifest: Manifest): Promise<Tiles> {
  const { tileSizePx, patchSizePx } = manifest.model.image;
  const sharp = await loadSharp();
  const patches: Float32Array[] = [];
  for (const file of files) {
    const pixels = await sharp(file).removeAlpha().toColourspace('srgb').resize(tileSizePx, tileSizePx, { fit: 'fill' }).raw().toBuffer();
    patches.push(normalizePixels(pixels, { tileSizePx, patchSizePx }));
  }
  return { patches, manifest };
}

/** Root of the mean square of the difference, as a share of the values'. */
function relativeError(exact: Float32Array, other: Float32Array): number {
  let [difference, all] = [0, 0];
  for (const [at, value] of exact.entries()) {
    difference += (value - (other[at] as number)) ** 2;
    all += value ** 2;
  }
  return Math.sqrt(difference / all);
}
