import { join } from 'node:path';
import { checkOptions, type OptionNames, VisionError } from '@h2ovl/contract';
import { ensureConverted } from '../convert/index.ts';
import type { PrecisionName } from '../convert/quantize/plan.ts';
import { catalogue } from '../model-files/catalogue.ts';
import { locateModel } from '../model-files/locate-model.ts';
import type { Manifest } from '../model-files/manifest.ts';
import { readModelConfig } from '../model-files/model-config.ts';
import { measureQuality, type QualityPage, type QualityProgress } from '../quality/measure-quality.ts';
import { openRuntime } from '../runtime/open-runtime.ts';
import { hashFile } from '../store/hash-file.ts';
import { hashTiles } from './check-tiles.ts';
import { checkUse } from './check-use.ts';
import { measureNorms } from './measure-norms.ts';
import { type ExpectedNorm, type NormPoint, publishedNorms } from './published-norms.ts';

/** One comparison. */
export interface SelfTestCheck {
  /** `skipped`: there is nothing to compare with. `measured`: a number for people to judge. */
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'measured';
  readonly topic: string;
  /** What was compared with what, in numbers. */
  readonly message: string;
}

export interface SelfTestReport {
  readonly model: string;
  readonly checks: readonly SelfTestCheck[];
}

/** What a model is compared with. */
export interface SelfTestReference {
  readonly norms: readonly ExpectedNorm[];
  /** Of tokenizer.model; undefined where it is not published. */
  readonly tokenizerSha256: string | undefined;
  /** Of the drawn page's tiles; undefined for models that cut in a way of their own. */
  readonly tilesSha256: string | undefined;
}

export interface SelfTestOptions {
  /** Compared with float32. @default 'balanced' */
  readonly precision?: Exclude<PrecisionName, 'exact'>;
  /** A page that both precisions read, and that JSON and speed are measured on; undefined: random tokens, and neither of the two. */
  readonly page?: QualityPage;
  /** @default what was published for the model, by its name */
  readonly reference?: SelfTestReference;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: QualityProgress) => void;
}

const selfTestOptionNames: OptionNames<SelfTestOptions> = {
  precision: true,
  page: true,
  reference: true,
  signal: true,
  onProgress: true,
};

/** Of the drawn page, cut as the published models are: the 0.8B once, the 2B with both grids. */
const knownTiles: Readonly<Record<'0.8b' | '2b', string>> = {
  '0.8b': '233c584a21fe7c106b4453673ec9479c5fd7482f436fd6ece9312ba3b9a8545e',
  '2b': '94d77642ba53e374872df31ee824bdebc6eaba7ac259b5f0425e09bb9a2c4c52',
};

/** Positions of a page at which both precisions have to prefer the same token: rounding alone does not turn a tenth of them. */
const leastAgreement = 0.9;

/**
 * Compares a model on this machine with what is known of it: norms inside the network that another implementation published, the tokenizer, the tiles of a drawn page,
 * the chosen precision with float32, the layout of
 * JSON that the model finds most probable with the one it is said to have been taught, and its speed with what the machine's memory allows. Everything is converted to float32 once, which takes about twice the space of the original files.
 * @throws VisionError INVALID_ARGUMENT (a model without its original files), and as loadModel; rejects with `signal.reason` when cancelled
 */
export async function selfTest(source: string, options: SelfTestOptions = {}): Promise<SelfTestReport> {
  checkOptions(options, selfTestOptionNames, 'selfTest()');
  const { signal = new AbortController().signal } = options;
  const located = await locateModel(source);
  if (located.type === 'converted') {
    throw new VisionError('INVALID_ARGUMENT', `${located.directory} is one conversion; the self-test needs the original files.`, {
      hint: 'Name the model by its alias, repository or original folder.',
    });
  }
  const reference = options.reference ?? referenceOf(located.name);
  const passOn = { signal, ...(options.onProgress && { onProgress: options.onProgress }) };
  const { directory, manifest } = await ensureConverted(located.directory, { precision: 'exact', ...passOn });
  const checks: SelfTestCheck[] = [await checkTokenizer(located.directory, reference), await checkTiles(manifest, reference, signal)];
  checks.push(...(await checkNorms({ directory, manifest, checkpoint: located.directory }, reference, signal)));
  checks.push(await checkPrecision(source, options, passOn));
  checks.push(...(await checkUse(located.directory, options, passOn)));
  return { model: located.name, checks };
}

function referenceOf(name: string): SelfTestReference {
  const alias = catalogue.find((entry) => entry.alias === name || entry.repository === name)?.alias;
  if (alias === undefined) return { norms: [], tokenizerSha256: undefined, tilesSha256: undefined };
  const entry = catalogue.find((known) => known.alias === alias);
  return {
    norms: publishedNorms[alias],
    tokenizerSha256: entry?.files['tokenizer.model']?.sha256,
    tilesSha256: knownTiles[alias],
  };
}

async function checkTokenizer(checkpoint: string, { tokenizerSha256 }: SelfTestReference): Promise<SelfTestCheck> {
  const actual = await hashFile(join(checkpoint, 'tokenizer.model'), 'sha256');
  return compareHashes('tokenizer', actual, tokenizerSha256);
}

async function checkTiles({ model: { image } }: Manifest, { tilesSha256 }: SelfTestReference, signal: AbortSignal): Promise<SelfTestCheck> {
  return compareHashes('tiles', await hashTiles(image, signal), tilesSha256);
}

function compareHashes(topic: string, actual: string, expected: string | undefined): SelfTestCheck {
  const short = (hash: string): string => `${hash.slice(0, 16)}…`;
  if (expected === undefined) return { outcome: 'skipped', topic, message: `SHA-256 ${short(actual)}; none was published for this model.` };
  if (actual === expected) return { outcome: 'passed', topic, message: `SHA-256 ${short(actual)}, as expected.` };
  return { outcome: 'failed', topic, message: `SHA-256 ${short(actual)} instead of ${short(expected)}.` };
}

interface Exact {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly checkpoint: string;
}

async function checkNorms(
  { directory, manifest, checkpoint }: Exact,
  { norms }: SelfTestReference,
  signal: AbortSignal,
): Promise<SelfTestCheck[]> {
  if (norms.length === 0) return [{ outcome: 'skipped', topic: 'norms', message: 'None were published for this model.' }];
  const { vision } = await readModelConfig(checkpoint);
  const runtime = await openRuntime();
  try {
    const exact = { directory, manifest, visionWidth: vision.hiddenSize };
    const measured = await measureNorms(
      runtime,
      exact,
      norms.map(({ point }) => point),
      signal,
    );
    return norms.map((expected) => compareNorms(expected, measured.get(expected.point) ?? Number.NaN));
  } finally {
    await runtime.dispose();
  }
}

function compareNorms({ point, norm, tolerance }: ExpectedNorm, measured: number): SelfTestCheck {
  const difference = Math.abs(measured - norm) / norm;
  // Not a number compares as false.
  const outcome = difference <= tolerance ? 'passed' : 'failed';
  const percent = (value: number): string => `${(value * 100).toFixed(3)} %`;
  return {
    outcome,
    topic: `norm ${point satisfies NormPoint}`,
    message: `${measured.toFixed(4)}; published ${norm}: ${percent(difference)} apart, up to ${percent(tolerance)} allowed.`,
  };
}

async function checkPrecision(
  source: string,
  { precision = 'balanced', page }: SelfTestOptions,
  passOn: { readonly signal: AbortSignal; readonly onProgress?: (progress: QualityProgress) => void },
): Promise<SelfTestCheck> {
  const report = await measureQuality(source, { candidates: [precision], pages: page ? [page] : [], maxPositionsPerPage: 64, ...passOn });
  const difference = report.candidates[0]?.difference;
  const share = difference?.agreement.value ?? 0;
  const topic = `precision ${precision}`;
  const message = `Prefers the same token as float32 at ${(share * 100).toFixed(1)} % of ${difference?.positions ?? 0} positions`;
  // Random tokens are near ties: they tell no good precision from a bad one.
  if (!page) return { outcome: 'skipped', topic, message: `${message} of random tokens; a page is needed to judge.` };
  const outcome = share >= leastAgreement ? 'passed' : 'failed';
  return { outcome, topic, message: `${message} of a fixed page; ${leastAgreement * 100} % are needed.` };
}
