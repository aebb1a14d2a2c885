import type { FinishReason } from '@h2ovl/core';
import { readQuestion } from '../answers/answer-request.ts';
import type { Failure } from '../terminal/describe-failure.ts';
import type { Sample } from './read-samples.ts';
import { countEdits, type EditCounts, scoreTexts, type TextScore } from './text-metrics.ts';

/** One sample, answered. */
export interface ScoredSample extends TextScore {
  readonly file: string;
  readonly question: string;
  readonly answer: string;
  readonly text: string;
  /** Whether the texts are equal once normalised. */
  readonly exact: boolean;
  /** `error`: the sample could not be read and counts as an empty text. */
  readonly finishReason: FinishReason | 'error';
  readonly error?: Failure;
}

export interface EvalReport {
  /** Id of the model. */
  readonly model: string;
  /** `cer` and `wer`: edits of all samples over the length of all answers; `exact`: samples that are equal; `files`: samples. */
  readonly overall: TextScore & { readonly exact: number; readonly files: number };
  readonly files: readonly ScoredSample[];
}

/** What a model made of a sample. */
export type SampleOutcome =
  | { readonly text: string; readonly finishReason: FinishReason; readonly error?: never }
  | { readonly error: Failure };

/** Scores the answer to one sample. */
export function scoreSample(sample: Sample, outcome: SampleOutcome): ScoredSample {
  const text = outcome.error === undefined ? outcome.text.trim() : '';
  const counts = countEdits(text, sample.answer);
  return {
    file: sample.file,
    question: sample.question ?? readQuestion,
    answer: sample.answer,
    text,
    ...scoreTexts([counts]),
    exact: counts.isExact,
    ...(outcome.error === undefined ? { finishReason: outcome.finishReason } : { finishReason: 'error' as const, error: outcome.error }),
  };
}

/** Adds scored samples up. */
export function buildReport(model: string, files: readonly ScoredSample[]): EvalReport {
  return { model, overall: summarize(files), files };
}

/** The report for people: a line for each sample; transcriptions, answers to questions, and all together. */
export function formatReport({ files, model }: EvalReport): string {
  const width = Math.max(...files.map(({ file }) => file.length));
  const lines = files.map(({ file, cer, wer, exact, finishReason }) => {
    const note = exact ? '  exact' : finishReason === 'stop' ? '' : `  ${finishReason}`;
    return `${file.padEnd(width)}  CER ${cer.toFixed(3)}  WER ${wer.toFixed(3)}${note}`;
  });
  const reads = files.filter(({ question }) => question === readQuestion);
  const asks = files.filter(({ question }) => question !== readQuestion);
  // A short answer that is wrong weighs little among pages of text, so both kinds are also given by themselves.
  const parts = reads.length > 0 && asks.length > 0 ? [describe('pages read', reads), describe('questions', asks)] : [];
  return `${[...lines, '', ...parts, describe(`all, ${model}`, files)].join('\n')}\n`;
}

function describe(what: string, files: readonly ScoredSample[]): string {
  const { cer, wer, exact } = summarize(files);
  const characters = countAll(files).reduce((sum, count) => sum + count.characters, 0);
  return `${what}: CER ${cer.toFixed(3)}, WER ${wer.toFixed(3)}, ${exact} of ${files.length} exact (${characters} characters)`;
}

function summarize(files: readonly ScoredSample[]): EvalReport['overall'] {
  return { ...scoreTexts(countAll(files)), exact: files.filter(({ exact }) => exact).length, files: files.length };
}

function countAll(files: readonly ScoredSample[]): readonly EditCounts[] {
  return files.map(({ text, answer }) => countEdits(text, answer));
}
