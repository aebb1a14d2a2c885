import { type Estimate, estimateRatio, type QualityReport } from '@h2ovl/core';
import { formatSize } from '../terminal/format-size.ts';
import { formatTable } from '../terminal/format-table.ts';
import { type EditCounts, scoreTexts } from './text-metrics.ts';

/** Free answers of one conversion. */
export interface TextQuality {
  readonly cer: number;
  readonly wer: number;
  /** Samples that are equal. */
  readonly exact: number;
  readonly files: number;
}

type Candidate = QualityReport['candidates'][number];

/** What `quality` prints as JSON; `text` parts are there with an eval folder. */
export interface QualityResult extends Omit<QualityReport, 'reference' | 'candidates'> {
  readonly reference: QualityReport['reference'] & { readonly answers?: TextQuality };
  readonly candidates: readonly (Candidate & {
    readonly answers?: TextQuality;
    /** Character error rate minus that of the reference on the same pages. */
    readonly cerIncrease?: Estimate;
  })[];
}

/** Adds what the free answers of each conversion were worth, by name. */
export function addTexts(report: QualityReport, counts: ReadonlyMap<string, readonly EditCounts[]>): QualityResult {
  const countsOf = (name: string): readonly EditCounts[] => counts.get(name) ?? [];
  const expected = countsOf(report.reference.name);
  return {
    ...report,
    reference: { ...report.reference, answers: summarize(expected) },
    candidates: report.candidates.map((candidate) => {
      const own = countsOf(candidate.name);
      const shares = own.map(({ characterEdits, characters }, page) => ({
        sum: characterEdits - (expected[page]?.characterEdits ?? 0),
        weight: characters,
      }));
      return { ...candidate, answers: summarize(own), cerIncrease: estimateRatio(shares) };
    }),
  };
}

function summarize(counts: readonly EditCounts[]): TextQuality {
  return { ...scoreTexts(counts), exact: counts.filter(({ isExact }) => isExact).length, files: counts.length };
}

const textNames = {
  given: 'the given answers',
  own: "the exact model's own answers",
  random: 'random ids (a model knows nothing of them: only large damage shows)',
} as const;

/** The report for people. */
export function formatQuality({ model, text, reference, candidates }: QualityResult): string {
  const [{ difference } = {}] = candidates;
  const measured = `${difference?.positions} next-token predictions on ${difference?.passages} texts: ${textNames[text]}.`;
  const head = ['PRECISION', 'SIZE', 'SAME FIRST TOKEN', 'KL (nats)', 'LOSS INCREASE (nats)', 'LOST LEAD', 'FEATURE COSINE (least)'];
  const rows = candidates.flatMap((candidate) => [
    [...describe(candidate), ...describeAnswers(candidate)],
    ...describePositions(candidate),
  ]);
  const reads = reference.answers === undefined ? [] : ['CER', 'CER INCREASE'];
  const first = [reference.name, formatSize(reference.sizeBytes), '', '', '', '', '', ...describeAnswers(reference)];
  const table = formatTable([[...head, ...reads], first, ...describePositions(reference), ...rows]);
  const plans = candidates.flatMap(({ name, visionPlan }) => (visionPlan === undefined ? [] : [`${name}: ${visionPlan}\n`])).join('');
  return `${model}: ${measured}\n\n${table}\n${explanation}\n${plans}`;
}

function describe({ name, sizeBytes, difference }: Candidate): string[] {
  return [name, formatSize(sizeBytes), ...describeDifference(difference), describeFeatures(difference.features)];
}

/** A row of its own for what drafted steps cost at a precision, where it was measured. */
function describePositions({ name, severalPositions }: QualityReport['reference']): string[][] {
  return severalPositions === undefined ? [] : [[`${name}, drafted steps`, '', ...describeDifference(severalPositions), '']];
}

function describeDifference({
  agreement,
  divergence,
  lossIncrease,
  largestLostMargin,
}: Omit<Candidate['difference'], 'features'>): string[] {
  return [
    formatEstimate(agreement, (value) => `${(value * 100).toFixed(2)} %`),
    formatEstimate(divergence, (value) => value.toPrecision(2)),
    formatEstimate(lossIncrease, signed),
    largestLostMargin === null ? 'none' : largestLostMargin.toFixed(2),
  ];
}

function describeFeatures(features: Candidate['difference']['features']): string {
  if (features === undefined) return 'no images';
  const { tiles, identicalTiles, meanCosine, smallestCosine } = features;
  return identicalTiles === tiles ? 'identical' : `${meanCosine.toFixed(5)} (${smallestCosine.toFixed(5)})`;
}

function describeAnswers(part: QualityResult['reference'] | QualityResult['candidates'][number]): string[] {
  const { answers } = part;
  if (answers === undefined) return [];
  const increase = 'cerIncrease' in part && part.cerIncrease !== undefined ? formatEstimate(part.cerIncrease, signed) : '';
  return [`${answers.cer.toFixed(3)}, ${answers.exact} of ${answers.files} exact`, increase];
}

function formatEstimate({ value, low, high }: Estimate, format: (value: number) => string): string {
  return Number.isFinite(low) ? `${format(value)} (${format(low)} to ${format(high)})` : format(value);
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(4)}`;
}

const explanation = `In brackets: where the value lies in 95 of 100 cases for other pages of this kind; a few pages leave it wide. An increase whose brackets hold 0
is not measurable on these pages. LOST LEAD: how far ahead, in logits, a token was at most that is no longer first. Drafted steps: several positions of the text
in one run, as --drafts auto has them, against one, at the same precision.`;
