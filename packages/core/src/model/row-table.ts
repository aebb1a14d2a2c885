import { VisionError } from '@h2ovl/contract';
import type { BestToken } from './best-tokens.ts';
import type { PromptSource } from './decoder-jobs.ts';

/** Shorter common beginnings are not worth a lookup: every prompt starts with the same few template tokens. */
const minReuseTokens = 16;

/**
 * A run over so many positions or more computes each of them to the same last bit, however many there are; a run over one alone rounds differently. Where a choice
 * is left, nothing is read alone, so that an answer does not depend on what of it was in the cache.
 */
export const fewestPositions = 2;

/** Best tokens for a sequence that goes on with `after` and then takes each of them; all but the last are in the cache, behind the row's tokens. */
export interface Ahead {
  after: number;
  readonly tokens: BestToken[];
  /** Whether the reader took one of them since the last were computed. */
  isTaken: boolean;
}

/** One row of the cache: whose tokens it holds, and whether somebody uses it. */
export interface Row {
  /** Its place in the cache; changes when the cache is laid out anew. */
  index: number;
  state: 'free' | 'active' | 'parked';
  /** What the tokens were made from, as long as the row is in use. */
  prompt: PromptSource | undefined;
  /** Identities of the tokens read so far, `length` of them. */
  keys: Float64Array;
  length: number;
  /** How many of them are in the cache: all, or fewer when its memory was needed by others. They are read again before the next token. */
  resident: number;
  /** Tokens that were there already when the row was claimed. */
  reused: number;
  /** A row to copy the first `reused` tokens from before anything else is done. */
  copyFrom: Row | undefined;
  /** What was computed before anybody asked. */
  ahead: Ahead | undefined;
  /** Tokens this row is expected to reach, so that memory is taken once. */
  expected: number;
  lastUsed: number;
}

/** Which row of the cache belongs to whom. Rows of finished sequences stay parked, so that the next question on the same page starts from them. */
export class RowTable {
  readonly #rows: Row[];
  /** Positions a row has. */
  readonly contextLength: number;
  #clock = 0;

  constructor(size: number, contextLength: number) {
    this.contextLength = contextLength;
    this.#rows = Array.from({ length: size }, (_, index) => ({
      index,
      state: 'free',
      prompt: undefined,
      keys: new Float64Array(0),
      length: 0,
      resident: 0,
      reused: 0,
      copyFrom: undefined,
      ahead: undefined,
      expected: 0,
      lastUsed: 0,
    }));
  }

  get size(): number {
    return this.#rows.length;
  }

  get activeCount(): number {
    return this.#rows.reduce((count, row) => count + (row.state === 'active' ? 1 : 0), 0);
  }

  /** Rows of this state, those in use for longest first. */
  inState(state: Row['state']): readonly Row[] {
    return this.#rows.filter((row) => row.state === state).sort((a, b) => a.lastUsed - b.lastUsed);
  }

  /** Puts these rows first, in this order. */
  arrange(first: readonly Row[]): void {
    const others = this.#rows.filter((row) => !first.includes(row));
    this.#rows.splice(0, this.#rows.length, ...first, ...others);
    for (const [index, row] of this.#rows.entries()) row.index = index;
  }

  /** Rows from the first to the last of `indices`, the ones between included. */
  span(indices: readonly number[]): readonly Row[] {
    return this.#rows.slice(Math.min(...indices), Math.max(...indices) + 1);
  }

  /** The row, in use or parked, that holds the longest beginning of `keys`. The last two tokens are never counted: logits are needed anew, and no token is read alone. */
  longestPrefix(keys: Float64Array): { readonly row: Row | undefined; readonly tokens: number } {
    let best: Row | undefined;
    let tokens = 0;
    for (const row of this.#rows) {
      if (row.state === 'free') continue;
      const common = commonLength(row, keys);
      // Of equals a parked row is better: it is taken over, not copied.
      if (common > tokens || (common === tokens && best?.state === 'active' && row.state === 'parked')) {
        best = row;
        tokens = common;
      }
    }
    return tokens < minReuseTokens ? { row: undefined, tokens: 0 } : { row: best, tokens };
  }

  /**
   * A row for a new sequence, with as much of `keys` in it as any row has. `mayGrow(rows)` says whether the cache may have that many rows;
   * where it may not, the parked row that was not used for longest is given up.
   */
  claim(keys: Float64Array, mayGrow: (rows: number) => boolean): Row | undefined {
    const { row: match, tokens } = this.longestPrefix(keys);
    if (match?.state === 'parked') return this.#activate(match, tokens, undefined);
    const free = this.#rows.find((row) => row.state === 'free');
    const parked = this.inState('parked')[0];
    const target = free && (!parked || mayGrow(free.index + 1)) ? free : parked;
    if (!target) return undefined;
    this.#empty(target);
    return this.#activate(target, match ? tokens : 0, match);
  }

  #activate(row: Row, reused: number, copyFrom: Row | undefined): Row {
    row.state = 'active';
    row.length = copyFrom ? 0 : reused;
    row.resident = row.length;
    row.reused = reused;
    row.copyFrom = copyFrom;
    row.ahead = undefined;
    row.lastUsed = ++this.#clock;
    return row;
  }

  /** Records tokens that were written to the cache, behind all that are there. */
  append(row: Row, keys: ArrayLike<number>): void {
    const length = row.length + keys.length;
    if (length > row.keys.length) {
      const grown = new Float64Array(Math.max(length, 2 * row.keys.length, 256));
      grown.set(row.keys.subarray(0, row.length));
      row.keys = grown;
    }
    row.keys.set(keys, row.length);
    row.length = length;
    row.resident = length;
  }

  /** Forgets what lies behind the first `length` tokens. @throws VisionError INVALID_ARGUMENT for more tokens than the row holds */
  truncate(row: Row, length: number): void {
    if (!Number.isSafeInteger(length) || length < 0 || length > row.length) {
      throw new VisionError('INVALID_ARGUMENT', `A sequence of ${row.length} tokens cannot be cut to ${length}.`, {
        hint: 'Give a whole number from 0 to the length of the sequence.',
      });
    }
    row.length = length;
    row.ahead = undefined;
    row.resident = Math.min(row.resident, length);
  }

  /** The sequence is over; its tokens stay for the next question. */
  park(row: Row): void {
    row.copyFrom = undefined;
    row.ahead = undefined;
    row.prompt = undefined;
    // The last position of a full row is where the row's dummy steps land while others run.
    row.length = Math.min(row.resident, this.contextLength - 1);
    row.resident = row.length;
    row.lastUsed = ++this.#clock;
    row.state = row.length < minReuseTokens ? 'free' : 'parked';
    if (row.state === 'free') this.#empty(row);
  }

  /** Forgets every parked row, but for those that stay. */
  clearParked(stays: readonly Row[] = []): void {
    for (const row of this.inState('parked')) {
      if (stays.includes(row)) continue;
      row.state = 'free';
      this.#empty(row);
    }
  }

  #empty(row: Row): void {
    row.length = 0;
    row.resident = 0;
  }
}

/** Tokens whose work the row has in the cache: those that count, and those that were computed ahead. */
export function heldTokens({ resident, ahead }: Row): number {
  return resident + (ahead?.tokens.length ?? 0);
}

/** Tokens at the start of `keys` that the row has in the cache, without the last two of `keys`. */
export function commonLength(row: Row, keys: Float64Array): number {
  const limit = Math.min(row.resident, keys.length - fewestPositions);
  let common = 0;
  while (common < limit && row.keys[common] === keys[common]) common += 1;
  return common;
}
