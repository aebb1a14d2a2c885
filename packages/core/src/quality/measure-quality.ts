import { checkOptions, type LoadProgress, type OptionNames, type TileChoice, VisionError } from '@h2ovl/contract';
import { TiledPromptSource } from '../answer/prompt-source.ts';
import type { Precision } from '../convert/index.ts';
import { createSeededRandom } from '../generation/seeded-random.ts';
import { describeVisionPlan } from '../model-files/describe-vision-plan.ts';
import { locateModel } from '../model-files/locate-model.ts';
import type { Manifest } from '../model-files/manifest.ts';
import { openRuntime } from '../runtime/open-runtime.ts';
import type { Runtime } from '../runtime/port.ts';
import { compareReadings, type ModelReading, type QualityDifference, summarizePages } from './compare-readings.ts';
import { openPrecision, type ReadableModel, withPage } from './open-precision.ts';
import { readPassage, type TwoWayReading } from './read-passage.ts';

export { type Estimate, estimateRatio } from './estimate-ratio.ts';
export type { QualityDifference };

/** A page to measure on. */
export interface QualityPage {
  /** Path of the image. */
  readonly file: string;
  readonly question: string;
  /** The text whose tokens are predicted; undefined: what the exact model answers. */
  readonly answer: string | undefined;
}

/** What is being worked on: a conversion, a model being opened, or a page being read. */
export type QualityProgress =
  | LoadProgress
  | { readonly type: 'page'; readonly precision: string; readonly done: number; readonly total: number };

export interface QualityOptions {
  /** What to compare with `exact`: named precisions, or formats of one's own choice. */
  readonly candidates: readonly Precision[];
  /** Pages to read; none: random token ids, for which a model has no opinion of its own, so only large damage shows. */
  readonly pages: readonly QualityPage[];
  /** Predictions per page at most; each takes 4 bytes per word of the vocabulary while it is kept. @default 128 */
  readonly maxPositionsPerPage?: number;
  /** Tiles one image is cut into: at most so many, or `auto`. @default 'auto' */
  readonly tiles?: TileChoice;
  /** Largest magnitude of int8 weights. @default what this processor needs */
  readonly int8Limit?: 64 | 127;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: QualityProgress) => void;
}

const qualityOptionNames: OptionNames<QualityOptions> = {
  candidates: true,
  pages: true,
  maxPositionsPerPage: true,
  tiles: true,
  int8Limit: true,
  threads: true,
  signal: true,
  onProgress: true,
};

/** A conversion that was measured. */
export interface MeasuredPrecision {
  /** Its name, or formats of vision, language and head joined by dashes. */
  readonly name: string;
  readonly weights: Manifest['precision'];
  /** Folder of the converted model, in the cache. */
  readonly directory: string;
  /** Bytes of its files. */
  readonly sizeBytes: number;
  /** How its vision part computes and what that was measured to cost when it was converted, where there is a plan or one would pay. */
  readonly visionPlan?: string;
  /**
   * What runs over several positions of a text, as drafted answers have, cost against runs over one, at this very precision: rounding alone. Undefined where no text has
   * a second token.
   */
  readonly severalPositions?: Omit<QualityDifference, 'features'>;
}

export interface QualityReport {
  readonly model: string;
  /** Whose text was predicted: `given` answers, the exact model's `own` (also when some pages have none), or `random` ids. */
  readonly text: 'given' | 'own' | 'random';
  readonly reference: MeasuredPrecision;
  readonly candidates: readonly (MeasuredPrecision & { readonly difference: QualityDifference })[];
}

/**
 * Measures what precisions of one checkpoint cost against `exact`: next-token predictions over the same texts, and features of the same
 * tiles. One model is open at a time. Conversions are made in the cache where they are missing.
 * @throws VisionError INVALID_ARGUMENT (a model that is converted already), and as loadModel; rejects with `signal.reason` when cancelled
 */
export async function measureQuality(source: string | URL, options: QualityOptions): Promise<QualityReport> {
  checkOptions(options, qualityOptionNames, 'measureQuality()');
  const { candidates, pages, signal = new AbortController().signal } = options;
  const located = await locateModel(source);
  if (located.type === 'converted') {
    throw new VisionError('INVALID_ARGUMENT', `${located.directory} is one conversion; comparing takes the original checkpoint.`, {
      hint: 'Pass the folder it was converted from, or an alias.',
    });
  }
  const runtime = await openRuntime(options.threads === undefined ? {} : { threads: options.threads });
  try {
    const work = { ...options, signal, runtime, checkpoint: located.directory };
    const [reference, expected] = await readPrecision('exact', work, undefined);
    const measured: QualityReport['candidates'][number][] = [];
    for (const precision of candidates) {
      const [candidate, reading] = await readPrecision(precision, work, expected);
      measured.push({ ...candidate, difference: compareReadings(expected, reading) });
    }
    const isGiven = pages.every(({ answer }) => answer !== undefined);
    return { model: located.name, text: pages.length === 0 ? 'random' : isGiven ? 'given' : 'own', reference, candidates: measured };
  } finally {
    await runtime.dispose();
  }
}

interface Work extends QualityOptions {
  readonly signal: AbortSignal;
  readonly runtime: Runtime;
  readonly checkpoint: string;
}

interface PagesReading extends ModelReading {
  readonly passages: readonly TwoWayReading[];
}

/** Opens one precision, reads all passages with it and closes it. `expected`: what the reference read, whose texts are to be predicted. */
async function readPrecision(
  precision: Precision,
  work: Work,
  expected: ModelReading | undefined,
): Promise<readonly [MeasuredPrecision, PagesReading]> {
  const name = precisionName(precision);
  const model = await openPrecision(precision, work);
  try {
    const reading = await (work.pages.length === 0 ? readRandom(model, work, name) : readAllPages(model, work, { name, expected }));
    const pages = reading.passages.map(({ severalPositions }) => severalPositions).filter(({ length }) => length > 0);
    const severalPositions = pages.length === 0 ? undefined : summarizePages(pages);
    return [{ ...measuredPrecision(name, model), ...(severalPositions && { severalPositions }) }, reading];
  } finally {
    await model.opened.dispose();
  }
}

const defaultMaxPositions = 128;

async function readAllPages(
  model: ReadableModel,
  work: Work,
  { name, expected }: { readonly name: string; readonly expected: ModelReading | undefined },
): Promise<PagesReading> {
  const { manifest, tokenizer, opened } = model;
  const { pages, signal, onProgress, tiles: choice, maxPositionsPerPage: maxPositions = defaultMaxPositions } = work;
  const { endTokenIds } = manifest.model;
  const features = new Map<string, Float32Array>();
  const passages: TwoWayReading[] = [];
  for (const [done, { file, question, answer }] of pages.entries()) {
    onProgress?.({ type: 'page', precision: name, done, total: pages.length });
    await withPage(model, { file, question, tiles: choice }, signal, async (prompt, tiles) => {
      for (const [index, tile] of tiles.entries()) {
        const [encoded] = await prompt.encode([index], signal);
        if (encoded !== undefined) features.set(tile.digest, encoded.features);
      }
      const given = answer === undefined ? undefined : [...tokenizer.encodeText(answer), tokenizer.idOf('<|end|>')];
      const continuation = expected?.passages[done]?.continuation ?? given;
      passages.push(await readPassage({ decoder: opened.decoder, prompt, continuation, maxPositions, endTokenIds, signal }));
    });
  }
  return { passages, features };
}

const randomPassages = 8;
const randomPassageTokens = 96;

/** Passages of ids drawn evenly: the same for every model with the same vocabulary. */
async function readRandom({ manifest, opened }: ReadableModel, { signal, onProgress, ...work }: Work, name: string): Promise<PagesReading> {
  const { vocabularySize, endTokenIds, image } = manifest.model;
  const maxPositions = Math.min(work.maxPositionsPerPage ?? defaultMaxPositions, randomPassageTokens - 1);
  const random = createSeededRandom(1);
  const passages: TwoWayReading[] = [];
  for (let done = 0; done < randomPassages; done += 1) {
    onProgress?.({ type: 'page', precision: name, done, total: randomPassages });
    const ids = Array.from({ length: randomPassageTokens }, () => Math.floor(random() * vocabularySize));
    const prompt = new TiledPromptSource({ ids: ids.slice(0, 1), spans: [], tiles: [], tokensPerTile: image.tokensPerTile, ...opened });
    passages.push(await readPassage({ decoder: opened.decoder, prompt, continuation: ids.slice(1), maxPositions, endTokenIds, signal }));
  }
  return { passages, features: new Map() };
}

function precisionName(precision: Precision): string {
  return typeof precision === 'string' ? precision : `${precision.vision}-${precision.language}-${precision.head}`;
}

function measuredPrecision(name: string, { directory, manifest }: Pick<ReadableModel, 'directory' | 'manifest'>): MeasuredPrecision {
  const sizeBytes = Object.values(manifest.files).reduce((sum, { size }) => sum + size, 0);
  const visionPlan = describeVisionPlan(manifest);
  return { name, weights: manifest.precision, directory, sizeBytes, ...(visionPlan !== undefined && { visionPlan }) };
}
