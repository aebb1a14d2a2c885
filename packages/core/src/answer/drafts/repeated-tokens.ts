import type { Continuation } from './text-draft.ts';

/** Tokens in a row that must be the same: fewer come together by chance. */
const leastTokens = 2;
/** Tokens that are compared, at most. */
const mostTokens = 6;

/** What followed the same tokens before, in the prompt or in the answer: keys of rows that are alike, words of the question. Follows one answer. */
export class RepeatedTokens {
  readonly #tokens: number[] = [];
  /** Where each pair of tokens was seen last: the place behind it. */
  readonly #places = new Map<number, number>();
  readonly #bytesOf: (token: number) => number;
  /** The place behind the last pair of tokens where it was seen before. */
  #before: number | undefined;

  /** `bytesOf`: bytes that a token adds to a text; 0 for one that stands for none, such as those of pictures. */
  constructor(prompt: Iterable<number>, bytesOf: (token: number) => number) {
    this.#bytesOf = bytesOf;
    for (const token of prompt) this.#add(token);
  }

  /** Told of each token of the answer, in order. */
  accept(token: number): void {
    this.#add(token);
  }

  /** What followed the last tokens when they were seen last before. */
  continue(count: number): Continuation | undefined {
    const end = this.#tokens.length;
    const place = this.#before;
    if (place === undefined) return undefined;
    let same = 0;
    let matched = 0;
    while (same < mostTokens && place - 1 - same >= 0 && this.#tokens[place - 1 - same] === this.#tokens[end - 1 - same]) {
      matched += this.#bytesOf(this.#tokens[end - 1 - same] as number);
      same += 1;
    }
    if (same < leastTokens) return undefined;
    const following = this.#tokens.slice(place, place + count);
    const special = following.findIndex((token) => this.#bytesOf(token) === 0);
    const tokens = special < 0 ? following : following.slice(0, special);
    return tokens.length === 0 ? undefined : { matched, guess: 'repetition', tokens: () => tokens };
  }

  #add(token: number): void {
    const last = this.#tokens.at(-1);
    this.#tokens.push(token);
    if (last === undefined) return;
    const pair = last * pairFactor + token;
    this.#before = this.#places.get(pair);
    this.#places.set(pair, this.#tokens.length);
  }
}

/** Above any token id; a pair stays an exact number. */
const pairFactor = 2 ** 22;
