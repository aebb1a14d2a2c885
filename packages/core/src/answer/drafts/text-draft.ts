import { encodeBehind } from '../../generation/encode-behind.ts';
import type { ForcedTextTokenizer } from '../../generation/forced-text.ts';
import { alignLetters } from './align-letters.ts';
import type { GuessKind } from './guess-record.ts';
import { type KnownText, textBehind } from './known-text.ts';

/** Letters that are looked for, at most: enough to tell most places of a page apart. */
export const mostLetters = 12;
/** Fewer stand everywhere. */
export const leastLetters = 3;
/** A place that so few letters point to is only believed near to where the answer should be by now. */
const fewLetters = 6;
const nearby = 200;
/** Behind a difference a place is believed where, of the last letters, so many more agree than differ. */
const leastAligned = 4;
/** Characters of a token, generously: so many are encoded for each candidate. */
export const tokenChars = 8;

/** How an answer ends, for those who look for its place in a text. */
export interface AnswerEnd {
  /** Its last characters: a name of JSON may be among them. */
  readonly text: string;
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
  /** Undefined where enough speaks for it by itself; a guess counts as far as others of its kind were right. */
  readonly guess: GuessKind | undefined;
  /** Made when they are asked for: encoding takes longer than finding the place. */
  tokens(): readonly number[];
}

/** A place in a text: letters before it. */
interface FoundPlace extends Pick<Continuation, 'matched' | 'guess'> {
  readonly place: number;
}

/** A text that the answer may follow, such as another reader's of the same page. Follows one answer. */
export class TextDraft {
  readonly #known: KnownText;
  readonly #tokenizer: ForcedTextTokenizer;
  /** Letters of the text before the place that was found last, and letters of the answer then. */
  #place = 0;
  #writtenThen = 0;

  constructor(known: KnownText, tokenizer: ForcedTextTokenizer) {
    this.#known = known;
    this.#tokenizer = tokenizer;
  }

  /** What stands behind the place where the answer is; undefined where that is not known, or nothing follows. */
  continue(end: AnswerEnd, count: number): Continuation | undefined {
    const found = this.#find(end);
    if (found === undefined) return undefined;
    this.#place = found.place;
    this.#writtenThen = end.written;
    const rest = textBehind(this.#known, found.place, (count + 1) * tokenChars);
    const behind = end.endsBlank ? rest.trimStart() : rest.replace(/\s+$/, '');
    if (behind.trim() === '') return undefined;
    return {
      matched: found.matched,
      guess: found.guess,
      tokens: () => encodeAfter(end.tokens, behind, this.#tokenizer).slice(0, count),
    };
  }

  /** The place that most of the last letters point to: they stand there, or nearly, with signs that another reader read in another way. */
  #find({ letters: tail, written }: AnswerEnd): FoundPlace | undefined {
    const { letters } = this.#known;
    if (written < leastLetters)
      return letters.startsWith(tail) ? { place: tail.length, matched: tail.length, guess: undefined } : undefined;
    const expected = this.#place + written - this.#writtenThen;
    const exact = this.#findExact(tail, expected);
    if (exact?.matched === tail.length) return exact;
    const aligned = alignLetters(letters, tail, expected);
    if (aligned === undefined || aligned.matched < Math.max(leastAligned, exact?.matched ?? 0)) return exact;
    // Where fewer than three letters agree again behind a difference, it is not seen yet which way the answer goes on.
    const { place } = aligned;
    const isAgreed = letters.slice(Math.max(0, place - leastLetters), place) === tail.slice(-leastLetters);
    return { ...aligned, guess: isAgreed ? undefined : 'difference' };
  }

  /** Where the most of the last letters stand as they are, the nearest to the expected place among several. */
  #findExact(tail: string, expected: number): FoundPlace | undefined {
    for (let count = tail.length; count >= leastLetters; count -= 1) {
      const place = nearest(this.#known.letters, tail.slice(-count), expected);
      if (place === undefined || (count < fewLetters && Math.abs(place - expected) > nearby)) continue;
      return { place, matched: count, guess: undefined };
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
