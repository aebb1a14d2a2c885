import type { DecoderSequence } from '../../src/generation/decoder-port.ts';
import { createSeededRandom } from '../../src/generation/seeded-random.ts';

/** A sequence whose logits depend on every token before them, so that a token too many, too few or another one shows in all that follow. */
export interface HistoryDecoder extends DecoderSequence {
  /** Tokens of each run, those of the prompt left out. */
  readonly runs: readonly (readonly number[])[];
  /** Memory that logits could be written into, of all runs. */
  readonly memories: ReadonlySet<ArrayBufferLike>;
}

export interface HistoryDecoderOptions {
  readonly vocabularySize: number;
  /** Tokens that fit, the one of the prompt included. */
  readonly contextLength: number;
  /** Another one is another model. */
  readonly seed: number;
  readonly onRun?: (signal: AbortSignal) => Promise<void> | void;
}

/** Refuses what a real decoder refuses: no tokens, ids outside the vocabulary, more than the context holds. */
export function historyDecoder({ vocabularySize, contextLength, seed, onRun }: HistoryDecoderOptions): HistoryDecoder {
  const tokens: number[] = [];
  const runs: (readonly number[])[] = [];
  const memories = new Set<ArrayBufferLike>();
  const logitsAfter = (length: number): Float32Array => {
    const hash = tokens.slice(0, length).reduce((sum, token, place) => (sum * 31 + token + place) % 1_000_003, seed);
    const random = createSeededRandom(hash);
    return Float32Array.from({ length: vocabularySize }, () => 6 * random() - 3);
  };
  const read = async (
    added: readonly number[],
    wanted: 'each' | 'last',
    signal: AbortSignal,
    into: Float32Array = new Float32Array(0),
  ): Promise<Float32Array> => {
    memories.add(into.buffer);
    if (added.length < 1 || tokens.length + added.length > contextLength) throw new Error(`${added.length} tokens do not fit`);
    if (added.some((token) => !Number.isInteger(token) || token < 0 || token >= vocabularySize)) throw new Error('no such token');
    runs.push([...added]);
    await onRun?.(signal);
    const before = tokens.length;
    tokens.push(...added);
    const places = wanted === 'last' ? [tokens.length] : added.map((_, place) => before + place + 1);
    const length = places.length * vocabularySize;
    const all = into.length < length ? new Float32Array(length) : into.subarray(0, length);
    into.fill(Number.NaN); // it is the decoder's until the call has ended
    for (const [row, place] of places.entries()) all.set(logitsAfter(place), row * vocabularySize);
    return all;
  };
  return {
    runs,
    memories,
    get length() {
      return tokens.length;
    },
    prefill: async () => {
      tokens.push(0);
      return logitsAfter(1);
    },
    step: (token, signal) => read([token], 'last', signal),
    extend: read,
    truncate: (length) => {
      if (length > tokens.length) throw new Error(`there are only ${tokens.length} tokens`);
      tokens.length = length;
    },
    dispose: async () => {},
  };
}
