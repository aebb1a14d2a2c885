import { encodeBehind } from '../../generation/encode-behind.ts';
import type { ForcedTextTokenizer } from '../../generation/forced-text.ts';
import { alignLetters } from './align-letters.ts';
import { type Letters, lettersOf } from './letters.ts';

/** Letters that are looked for, at most: enough to tell most places of a page apart. */
export const mostLetters = 12;
/** Fewer stand everywhere. */
const leastLetters = 3;
/** A place that so few letters point to is only believed near to where the answer should be by now. */
const fewLetters = 6;
const nearby = 200;
/** Behind a difference a place is believed where, of the last letters, so many more agree than differ. */
const leastAligned = 4;
/** Characters of a text that are looked through, and letters: several dense pages. Looking for a place takes time with their number. */
const maxChars = 40_000;
/** Characters of a token, generously: so many are encoded for each candidate. */
const tokenChars = 8;

/** How an answer ends, for those who look for its place in a text. */
export interface AnswerEnd {
  /** Its last letters, as they are compared; `mostLetters` at most. */
  readonly letters: string;
  /** Letters in all. */
  readonly written: number;
  /** Its last tokens, with which the text behind is encoded. */
  readonly tokens: readonly number[];
  /** Whether its last character is a blank. */
  readonly endsBlank: boolean;
}

/** What a source knows to go on with, and how many letters of the answer speak for it. */
export interface Continuation {
  readonly matched: number;
  /** Whether it stands so close behind a difference that fewer than three letters agree again: which way the answer goes on is not seen yet. */
  readonly isGuess: boolean;
  /** Made when they are asked for: encoding takes longer than finding the place. */
  tokens(): readonly number[];
}

/** A place in a text: letters before it. */
interface FoundPlace extends Pick<Continuation, 'matched' | 'isGuess'> {
  readonly place: number;
}

/** A text that the answer may follow, such as another reader's of the same page. Follows one answer. */
export class TextDraft {
  readonly #text: string;
  readonly #of: Letters;
  readonly #tokenizer: ForcedTextTokenizer;
  /** Letters of the text before the place that was found last, and letters of the answer then. */
  #place = 0;
  #writtenThen = 0;

  constructor(text: string, tokenizer: ForcedTextTokenizer) {
    this.#of = lettersOf(text.slice(0, maxChars), maxChars); // some characters are 18 letters each
    this.#text = text;
    this.#tokenizer = tokenizer;
  }

  /** What stands behind the place where the answer is; undefined where that is not known, or nothing follows. */
  continue(end: AnswerEnd, count: number): Continuation | undefined {
    const found = this.#find(end);
    if (found === undefined) return undefined;
    this.#place = found.place;
    this.#writtenThen = end.written;
    const from = found.place === 0 ? 0 : (this.#of.ends[found.place - 1] as number);
    const rest = this.#text.slice(from, from + (count + 1) * tokenChars);
    const behind = end.endsBlank ? rest.trimStart() : rest.replace(/\s+$/, '');
    if (behind.trim() === '') return undefined;
    return {
      matched: found.matched,
      isGuess: found.isGuess,
      tokens: () => encodeAfter(end.tokens, behind, this.#tokenizer).slice(0, count),
    };
  }

  /** The place that most of the last letters point to: they stand there, or nearly, with signs that another reader read in another way. */
  #find({ letters: tail, written }: AnswerEnd): FoundPlace | undefined {
    const { letters } = this.#of;
    if (written < leastLetters) return letters.startsWith(tail) ? { place: tail.length, matched: tail.length, isGuess: false } : undefined;
    const expected = this.#place + written - this.#writtenThen;
    const exact = this.#findExact(tail, expected);
    if (exact?.matched === tail.length) return exact;
    const aligned = alignLetters(letters, tail, expected);
    if (aligned === undefined || aligned.matched < Math.max(leastAligned, exact?.matched ?? 0)) return exact;
    const { place } = aligned;
    return { ...aligned, isGuess: letters.slice(Math.max(0, place - leastLetters), place) !== tail.slice(-leastLetters) };
  }

  /** Where the most of the last letters stand as they are, the nearest to the expected place among several. */
  #findExact(tail: string, expected: number): FoundPlace | undefined {
    for (let count = tail.length; count >= leastLetters; count -= 1) {
      const place = nearest(this.#of.letters, tail.slice(-count), expected);
      if (place === undefined || (count < fewLetters && Math.abs(place - expected) > nearby)) continue;
      return { place, matched: count, isGuess: false };
    }
    return undefined;
  }
}

/** Where a part of a text ends: of several places the one nearest to `expected`, the later of two as near. */
function nearest(text: string, part: string, expected: number): number | undefined {
  const from = expected - part.length;
  const after = text.indexOf(part, Math.max(0, from));
  if (after >= 0 && after === from) return expected;
  const before = from > 0 ? text.lastIndexOf(part, from - 1) : -1;
  if (after < 0 && before < 0) return undefined;
  const isAfter = before < 0 || (after >= 0 && after - from <= from - before);
  return (isAfter ? after : before) + part.length;
}

/** Behind a line break a text is encoded as it stands, without the blank that a tokenizer puts before its first word. */
const lineBreak = '\n';

/** The text's tokens behind the answer's last ones; in the middle of a word, as far as that can be guessed. */
function encodeAfter(before: readonly number[], text: string, tokenizer: ForcedTextTokenizer): readonly number[] {
  const behind = encodeBehind(before, text, tokenizer);
  return behind.length > 0 ? behind : encodeBehind(tokenizer.encodeText(lineBreak), text, tokenizer);
}
