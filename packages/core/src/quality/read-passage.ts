import type { Decoder } from '../model/decoder.ts';
import type { PromptSource, Sequence } from '../model/decoder-jobs.ts';
import { bestTwo, compareLogits, type PositionComparison } from './compare-logits.ts';

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

export interface TwoWayReading extends PassageReading {
  /** The same text read several positions a run, as drafted answers are, against `logits`: each position but the first, which the prompt's own run gives. */
  readonly severalPositions: readonly PositionComparison[];
}

/** Positions of a run: about as many as drafts have, and 2, 4, 8 and 16 compute the same to the last bit. */
export const positionsPerRun = 8;

/**
 * Reads a prompt and then a text token by token, as decoding does: whatever the model would choose, the next token is the text's, so that two
 * models are asked the same questions and one early slip does not count for everything behind it.
 */
export async function readPassage(options: PassageOptions): Promise<TwoWayReading> {
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
    const severalPositions = await readAgain(sequence, { promptLength: prompt.length, continuation, logits, signal });
    return { continuation, logits, severalPositions };
  } finally {
    await sequence.dispose();
  }
}

interface OnePositionReading {
  readonly promptLength: number;
  readonly continuation: readonly number[];
  readonly logits: readonly Float32Array[];
  readonly signal: AbortSignal;
}

/** Forgets the text behind the prompt, reads it once more in runs of several positions, and compares. */
async function readAgain(
  sequence: Sequence,
  { promptLength, continuation, logits, signal }: OnePositionReading,
): Promise<readonly PositionComparison[]> {
  sequence.truncate(promptLength);
  const compared: PositionComparison[] = [];
  const read = continuation.slice(0, -1); // nothing follows the last one
  for (let first = 0; first < read.length; first += positionsPerRun) {
    const run = read.slice(first, first + positionsPerRun);
    // A run of one position would be what it is compared with.
    const padded = run.length === 1 ? [...run, ...run] : run;
    const each = await sequence.extend(padded, 'each', signal);
    const vocabulary = each.length / padded.length;
    for (const [index] of run.entries()) {
      const place = first + index + 1;
      const several = each.subarray(index * vocabulary, (index + 1) * vocabulary);
      compared.push(compareLogits(logits[place] as Float32Array, several, continuation[place] as number));
    }
  }
  return compared;
}
