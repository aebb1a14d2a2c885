import type { DecoderSequence } from './decoder-port.ts';
import { DraftPace, mostCandidates } from './draft-pace.ts';
import type { DraftSource } from './draft-source.ts';

/** What a run of several tokens is asked for. */
export interface NextRead {
  /** Tokens of the answer that were not read yet, at least 1. */
  readonly tokens: readonly number[];
  /** Tokens the answer may still have behind them, at least 1. */
  readonly left: number;
  /** Size of the vocabulary. */
  readonly vocabulary: number;
  /** Told the logits after the first of the tokens. */
  readonly hear?: ((logits: Float32Array) => void) | undefined;
}

/**
 * Reads the tokens of an answer together with candidates for those that follow. What was read of a candidate counts as soon as the answer has chosen the
 * same token, and is forgotten where it went another way.
 *
 * No run has fewer than two positions: the kernels for one position round differently from those for several, and the text must not depend on what was drafted.
 */
export class CheckedDrafts {
  readonly #source: DraftSource;
  readonly #pace = new DraftPace();
  /** Tokens of the last run, and the logits after each, [tokens, vocabulary]. */
  #read: readonly number[] = [];
  #logits: Float32Array = new Float32Array(0);
  /** Where they are written, run after run. */
  #memory = new Float32Array(0);
  /** The first of them that the answer has not been read up to yet. */
  #next = 0;
  /** The first of them that was not compared with a token of the answer; none where the answer went another way. */
  #compared = 0;
  /** Candidates of the last run, at its end, and those that were chosen. */
  #offered = 0;
  #chosen = 0;
  #drafted = 0;
  #accepted = 0;

  constructor(source: DraftSource) {
    this.#source = source;
  }

  /** Candidates that were read. */
  get drafted(): number {
    return this.#drafted;
  }

  /** Those of them that became tokens of the answer. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Told of each token of the answer when it is chosen: the last ones of an answer are never read. */
  hear(token: number): void {
    if (this.#read[this.#compared] !== token) {
      this.#compared = this.#read.length;
      return;
    }
    this.#compared += 1;
    if (this.#offered === 0) return; // by chance: the run was only filled up
    this.#chosen += 1;
    this.#accepted += 1;
  }

  /** The logits [vocabulary] after the last of the tokens: from the last run, where it guessed them, else from a new one. */
  async logitsBehind(sequence: DecoderSequence, wanted: NextRead, signal: AbortSignal): Promise<Float32Array> {
    const { tokens, hear, vocabulary } = wanted;
    for (const token of tokens) this.#source.accept(token);
    const known = this.#take(tokens);
    if (known > 0) hear?.(this.#logitsAt(this.#next - known, vocabulary));
    if (known < tokens.length) {
      await this.#run(sequence, { ...wanted, tokens: tokens.slice(known), hear: known === 0 ? hear : undefined }, signal);
    }
    return this.#logitsAt(this.#next - 1, vocabulary);
  }

  /** How many of the tokens, from the first on, were candidates of the last run in the same places. */
  #take(tokens: readonly number[]): number {
    let known = 0;
    while (known < tokens.length && this.#next < this.#read.length && this.#read[this.#next] === tokens[known]) {
      known += 1;
      this.#next += 1;
    }
    return known;
  }

  async #run(sequence: DecoderSequence, { tokens, left, vocabulary, hear }: NextRead, signal: AbortSignal): Promise<void> {
    if (this.#offered > 0) this.#pace.hear(this.#offered, this.#chosen);
    if (this.#next < this.#read.length) sequence.truncate(sequence.length - (this.#read.length - this.#next));
    this.#read = []; // should the run fail, nothing of it counts
    [this.#next, this.#compared] = [0, 0];
    const candidates = this.#candidates(left - 1, vocabulary);
    const isLong = tokens.length > longText;
    if (isLong) await readBeginning(sequence, { tokens: tokens.slice(0, -endOfText), vocabulary, hear }, signal);
    const last = isLong ? tokens.slice(-endOfText) : tokens;
    const read = [...last, ...candidates];
    if (read.length < 2) read.push(tokens[0] as number); // any token would do
    if (this.#memory.length < read.length * vocabulary)
      this.#memory = new Float32Array(Math.max(read.length, mostCandidates + 1) * vocabulary);
    this.#logits = await sequence.extend(read, 'each', signal, this.#memory);
    this.#read = read;
    [this.#next, this.#compared] = [last.length, last.length];
    if (!isLong) hear?.(this.#logitsAt(0, vocabulary));
    this.#offered = candidates.length;
    this.#chosen = 0;
    this.#drafted += candidates.length;
  }

  /** What the source proposes, up to the first id that no token has. A candidate in the answer's last place would be of no use: nothing follows it. */
  #candidates(room: number, vocabulary: number): readonly number[] {
    const count = Math.min(this.#pace.count, room);
    if (count < 1) return [];
    const proposed = this.#source.propose(count).slice(0, count);
    const bad = proposed.findIndex((token) => !Number.isInteger(token) || token < 0 || token >= vocabulary);
    return bad < 0 ? proposed : proposed.slice(0, bad);
  }

  #logitsAt(place: number, vocabulary: number): Float32Array {
    return this.#logits.subarray(place * vocabulary, (place + 1) * vocabulary);
  }
}

/**
 * Longer texts without a choice are read in several runs, the last of which has so many of their tokens: logits after all of them would take 128 kB a token with
 * 32,000 pieces, 100 MB and more for a text of a few thousand characters, and hardly any of them are looked at.
 */
const longText = 32;
const endOfText = 16;

/** Reads the beginning of a long text, no token of it alone. */
async function readBeginning(
  sequence: DecoderSequence,
  { tokens, vocabulary, hear }: Pick<NextRead, 'tokens' | 'vocabulary' | 'hear'>,
  signal: AbortSignal,
): Promise<void> {
  const heard = hear === undefined ? [] : tokens.slice(0, 2);
  if (heard.length > 0) hear?.((await sequence.extend(heard, 'each', signal)).subarray(0, vocabulary));
  await sequence.extend(tokens.slice(heard.length), 'last', signal);
}
