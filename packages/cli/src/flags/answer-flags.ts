import { type DraftChoice, draftChoices, maxStopSequences, type TileChoice } from '@h2ovl/contract';
import { type Command as Commander, InvalidArgumentError, Option } from 'commander';
import { anyWholeNumber, countOf, decimal, wholeNumber } from './numbers.ts';

/** Limits of one answer; undefined where the default holds. */
export interface LimitFlags {
  readonly tiles: TileChoice | undefined;
  readonly maxTokens: number | undefined;
}

/** How answers are chosen and how long they may take; undefined where the default holds. */
export interface AnswerFlags extends LimitFlags {
  readonly system: string | undefined;
  readonly temperature: number | undefined;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly seed: number | undefined;
  readonly repetitionPenalty: number | undefined;
  readonly drafts: DraftChoice | undefined;
  /** The answer ends before the first of these. */
  readonly stop: readonly string[] | undefined;
  /** False: an answer that goes round in circles goes on. */
  readonly endLoops: boolean | undefined;
  /** Seconds that one answer may take. */
  readonly timeout: number | undefined;
  /** Answers in work at the same time. */
  readonly concurrency: number | undefined;
  /** Bytes that the caches of these answers may take together. */
  readonly maxCache: number | undefined;
}

/** The same as commander hands them over. */
export type RawAnswerFlags = { readonly [K in keyof AnswerFlags]?: NonNullable<AnswerFlags[K]> };

export function addLimitFlags(command: Commander): Commander {
  return command
    .option(
      '--tiles <count>',
      'tiles an image is cut into at most, fewer is faster and reads less; crops: in parts, cut between lines; auto: as the model and the print ask for (default: auto)',
      tileChoice,
    )
    .addOption(renamedFlag('--max-tiles <count>', '--tiles'))
    .option('--max-tokens <count>', 'tokens of one answer at most (default: 4096 to read, 1024 to ask)', wholeNumber);
}

export function addAnswerFlags(command: Commander): Commander {
  return addLimitFlags(command)
    .option('--system <text>', 'what the model is told before the question')
    .option(
      '--temperature <number>',
      '0 always takes the best token; more varies more (default: 0)',
      decimal(Infinity, { isZeroAllowed: true }),
    )
    .option(
      '--top-p <share>',
      'choose among the best tokens with this share of the odds (default: 1)',
      decimal(1, { isZeroAllowed: false }),
    )
    .option('--top-k <count>', 'choose among so many of the best tokens (default: all)', wholeNumber)
    .option('--seed <number>', 'the same seed gives the same answer (default: drawn anew)', anyWholeNumber)
    .option(
      '--repetition-penalty <number>',
      'above 1 makes tokens that occurred less likely (default: 1)',
      decimal(Infinity, { isZeroAllowed: false }),
    )
    .addOption(
      new Option('--drafts <choice>', 'propose known text of a page to the model, which is faster: auto or off (default: auto)').choices(
        draftChoices,
      ),
    )
    .option('--stop <text>', 'end the answer before this text; may be given several times', collectStops)
    .option('--no-end-loops', 'let an answer that goes round in circles go on to its limit')
    .option('--timeout <seconds>', 'give up on an answer after this time (default: never)', decimal(1_000_000, { isZeroAllowed: false }))
    .option('--concurrency <count>', 'answers in work at the same time (default: 4)', concurrency)
    .option(
      '--max-cache <bytes>',
      'memory for the caches of these answers together (default: a quarter of all, at most 4000000000)',
      countOf('bytes'),
    );
}

export function limitFlags({ tiles, maxTokens }: RawAnswerFlags): LimitFlags {
  return { tiles, maxTokens };
}

export function answerFlags(flags: RawAnswerFlags): AnswerFlags {
  const { system, temperature, topP, topK, seed, repetitionPenalty, drafts, stop, timeout, concurrency, maxCache } = flags;
  const endLoops = flags.endLoops === false ? false : undefined; // commander says true where nobody said anything
  return {
    ...limitFlags(flags),
    system,
    temperature,
    topP,
    topK,
    seed,
    repetitionPenalty,
    drafts,
    stop,
    endLoops,
    timeout,
    concurrency,
    maxCache,
  };
}

function tileChoice(value: string): TileChoice {
  if (value === 'auto' || value === 'crops') return value;
  if (/^\d+$/.test(value) && Number(value) >= 1) return wholeNumber(value);
  throw new InvalidArgumentError('It must be auto, crops, or a whole number of at least 1.');
}

/** A flag that has another name now: it is refused with that, not dropped. */
function renamedFlag(flag: string, now: string): Option {
  return new Option(flag).hideHelp().argParser(() => {
    throw new InvalidArgumentError(`It is called ${now} now.`);
  });
}

function collectStops(value: string, before: readonly string[] = []): readonly string[] {
  if (value === '') throw new InvalidArgumentError('It must not be empty.');
  if (before.length === maxStopSequences) throw new InvalidArgumentError(`It may be given ${maxStopSequences} times at most.`);
  return [...before, value];
}

/** Each answer in work holds a row of the cache. */
const maxConcurrency = 64;

function concurrency(value: string): number {
  const count = wholeNumber(value);
  if (count <= maxConcurrency) return count;
  throw new InvalidArgumentError(`It must be ${maxConcurrency} at most.`);
}
