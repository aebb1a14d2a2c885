import type { Command as Commander } from 'commander';
import { wholeNumber } from './numbers.ts';

/** Limits of one answer. */
export interface AnswerFlags {
  readonly maxTiles: number | undefined;
  readonly maxTokens: number | undefined;
}

/** The same as commander hands them over. */
export interface RawAnswerFlags {
  readonly maxTiles?: number;
  readonly maxTokens?: number;
}

export function addAnswerFlags(command: Commander): Commander {
  return command
    .option(
      '--max-tiles <count>',
      "tiles an image is cut into at most; fewer is faster and reads less (default: the model's own)",
      wholeNumber,
    )
    .option('--max-tokens <count>', 'tokens of one answer at most (default: 4096 to read, 1024 to ask)', wholeNumber);
}

export function answerFlags({ maxTiles, maxTokens }: RawAnswerFlags): AnswerFlags {
  return { maxTiles, maxTokens };
}
