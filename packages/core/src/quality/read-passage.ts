import type { Decoder } from '../model/decoder.ts';
import type { PromptSource } from '../model/decoder-jobs.ts';
import { bestTwo } from './compare-logits.ts';

export interface PassageOptions {
  readonly decoder: Pick<Decoder, 'openSequence'>;
  readonly prompt: PromptSource;
  /** The text to predict, as ids; undefined: what the model itself would write. */
  readonly continuation: readonly number[] | undefined;
  /** Positions at most. */
  readonly maxPositions: number;
  readonly endTokenIds: readonly number[];
  readonly signal: AbortSignal;
}

/** What a model expects at each position of a text. */
export interface PassageReading {
  /** Ids of the text. */
  readonly continuation: readonly number[];
  /** Logits [vocabulary] before each of them, given the prompt and the ids before it. */
  readonly logits: readonly Float32Array[];
}

/**
 * Reads a prompt and then a text token by token, as decoding does: whatever the model would choose, the next token is the text's, so that two
 * models are asked the same questions and one early slip does not count for everything behind it.
 */
export async function readPassage(options: PassageOptions): Promise<PassageReading> {
  const { decoder, prompt, maxPositions, endTokenIds, signal } = options;
  const continuation: number[] = [];
  const logits: Float32Array[] = [];
  const length = Math.min(options.continuation?.length ?? maxPositions, maxPositions);
  const sequence = decoder.openSequence(prompt, prompt.length + length);
  try {
    let next = await sequence.prefill(signal, () => {});
    for (;;) {
      logits.push(next.slice()); // valid until the next run only
      const token = options.continuation?.[continuation.length] ?? bestTwo(next)[0];
      continuation.push(token);
      if (continuation.length >= length || (options.continuation === undefined && endTokenIds.includes(token))) break;
      next = await sequence.step(token, signal);
    }
  } finally {
    await sequence.dispose();
  }
  return { continuation, logits };
}
