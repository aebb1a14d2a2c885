import { VisionError } from '@h2ovl/contract';

/** When the loop ends by itself. Stop strings are found in the text, by `hold-back`. */
export interface StopRules {
  readonly isEnd: (token: number) => boolean;
  readonly maxOutputTokens: number;
}

/**
 * Ends the answer at any of the end tokens or after so many tokens.
 * Throws `INVALID_ARGUMENT` without an end token: such an answer would always run to its limit.
 */
export function createStopRules(endTokens: readonly number[], maxOutputTokens: number): StopRules {
  if (endTokens.length === 0) {
    throw new VisionError('INVALID_ARGUMENT', 'The model names no end token (0 given): every answer would run to its limit.', {
      hint: 'Check eos_token_id in generation_config.json and config.json of the checkpoint.',
    });
  }
  const ends = new Set(endTokens);
  return { isEnd: (token) => ends.has(token), maxOutputTokens };
}
