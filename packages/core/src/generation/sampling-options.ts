import { type DraftChoice, draftChoices, maxStopSequences, type SamplingOptions, VisionError } from '@h2ovl/contract';
import { randomSeed } from './seeded-random.ts';

/** Sampling options, complete. `topK` is `Infinity` when all tokens take part. */
export type ResolvedSampling = Required<SamplingOptions>;

/** Output tokens when the caller names no limit. */
export const defaultMaxOutputTokens = 1024;

/** Complete and checked values. Throws `INVALID_ARGUMENT` that names the option, its value and the range. */
export function resolveSampling(options: SamplingOptions): ResolvedSampling {
  return {
    maxOutputTokens: check('maxOutputTokens', options.maxOutputTokens ?? defaultMaxOutputTokens, 'an integer from 1', isCount),
    temperature: check('temperature', options.temperature ?? 0, 'a finite number from 0', (value) => value >= 0),
    topP: check('topP', options.topP ?? 1, 'a number above 0 and up to 1', (value) => value > 0 && value <= 1),
    topK: options.topK === undefined ? Number.POSITIVE_INFINITY : check('topK', options.topK, 'an integer from 1', isCount),
    seed: options.seed === undefined ? randomSeed() : check('seed', options.seed, 'a safe integer', Number.isSafeInteger),
    repetitionPenalty: check('repetitionPenalty', options.repetitionPenalty ?? 1, 'a finite number above 0', (value) => value > 0),
    stopSequences: checkStopSequences(options.stopSequences ?? []),
    endBlankRuns: checkFlag('endBlankRuns', options.endBlankRuns ?? false),
    endLoops: checkFlag('endLoops', options.endLoops ?? true),
    drafts: checkDrafts(options.drafts ?? 'auto'),
  };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function check(name: string, value: unknown, range: string, fits: (value: number) => boolean): number {
  if (typeof value === 'number' && Number.isFinite(value) && fits(value)) return value;
  throw new VisionError('INVALID_ARGUMENT', `${name} is ${show(value)}; it must be ${range}.`, {
    hint: `Set ${name} to ${range}, or leave it out.`,
    param: name,
  });
}

function checkDrafts(value: DraftChoice): DraftChoice {
  if (draftChoices.includes(value)) return value;
  throw new VisionError('INVALID_ARGUMENT', `drafts is ${show(value)}; it must be 'auto' or 'off'.`, {
    hint: 'Leave drafts out for its default.',
    param: 'drafts',
  });
}

function checkFlag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new VisionError('INVALID_ARGUMENT', `${name} is ${show(value)}; it must be true or false.`, {
    hint: `Set ${name} to true or false, or leave it out.`,
    param: name,
  });
}

function checkStopSequences(value: unknown): readonly string[] {
  const range = `a list of up to ${maxStopSequences} strings, none of them empty`;
  const hint = 'Name each stop text once, or leave stopSequences out.';
  if (!Array.isArray(value))
    throw new VisionError('INVALID_ARGUMENT', `stopSequences is ${show(value)}; it must be ${range}.`, { hint, param: 'stopSequences' });
  if (value.length > maxStopSequences) {
    throw new VisionError('INVALID_ARGUMENT', `stopSequences has ${value.length} entries; it must be ${range}.`, {
      hint,
      param: 'stopSequences',
    });
  }
  return value.map((entry: unknown, index) => {
    if (typeof entry === 'string' && entry !== '') return entry;
    throw new VisionError('INVALID_ARGUMENT', `stopSequences[${index}] is ${show(entry)}; it must be a string that is not empty.`, {
      hint,
      param: `stopSequences[${index}]`,
    });
  });
}

function show(value: unknown): string {
  if (typeof value === 'number' || value === null) return String(value);
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return Array.isArray(value) ? 'a list' : typeof value;
}
