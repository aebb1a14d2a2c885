import { encodeBehind } from '../../generation/encode-behind.ts';
import type { ForcedTextTokenizer } from '../../generation/forced-text.ts';
import { type KnownText, textBehind } from './known-text.ts';
import { lettersOf } from './letters.ts';
import { type AnswerEnd, type Continuation, leastLetters, mostLetters, tokenChars } from './text-draft.ts';

/** Characters of the answer's end among which the name of a value is looked for. */
export const nameChars = 80;
/** `"name": `, and of the value what is there: behind its quotation mark, or digits. */
const named = /"([^"\\]{2,60})"\s*:\s*(?:(")([^"\\]*)|([-\d.,]*))$/;
/** Shorter words of a name are no label. */
const leastLabel = 3;

/**
 * Where an answer that is JSON has named a value, the words that may be it: behind a label like its name, or, when the first letter or two are there, the
 * next words that begin with them. Follows one answer.
 */
export class ValueDraft {
  readonly #known: KnownText;
  readonly #tokenizer: ForcedTextTokenizer;
  readonly #labels = new Map<string, number | undefined>();
  /** Where the last value was found: the next one is looked for behind it, since many objects follow the page. */
  #last = 0;

  constructor(known: KnownText, tokenizer: ForcedTextTokenizer) {
    this.#known = known;
    this.#tokenizer = tokenizer;
  }

  /** What may be the rest of the value, up to the end of its line; undefined elsewhere in an answer, and where nothing points to a place. */
  continue({ text, tokens, endsBlank }: AnswerEnd, count: number): Continuation | undefined {
    const [, name, quote, ofText, ofNumber] = named.exec(text) ?? [];
    if (name === undefined) return undefined;
    const { letters } = lettersOf(ofText ?? ofNumber ?? '');
    if (letters.length >= leastLetters) return undefined; // its place is found by them alone
    const place = this.#find(name, letters);
    if (place === undefined) return undefined;
    this.#last = place;
    const behind = textBehind(this.#known, place, (count + 1) * tokenChars);
    const [line = ''] = (letters === '' ? behind.replace(betweenLabelAndValue, '') : behind).split('\n', 1);
    if (line.trim() === '') return undefined;
    const isOpen = quote !== undefined || letters !== '';
    const value = isOpen ? line : `${endsBlank ? '' : ' '}"${line}`;
    const closed = quote !== undefined || !isOpen ? `${value.trimEnd()}"` : value;
    return { matched: mostLetters, guess: 'value', tokens: () => encodeBehind(tokens, closed, this.#tokenizer).slice(0, count) };
  }

  /** Letters of the text before the rest of the value. */
  #find(name: string, begun: string): number | undefined {
    const label = this.#labelOf(name);
    if (begun === '') return label;
    const { letters, wordStarts } = this.#known;
    const isBegun = (start: number): boolean => letters.startsWith(begun, start);
    const from = label ?? this.#last;
    const start = wordStarts.find((place) => place >= from && isBegun(place)) ?? wordStarts.find(isBegun);
    return start === undefined ? undefined : start + begun.length;
  }

  /** Where a label like a name ends: the whole name, or one of its words, the last before the others. */
  #labelOf(name: string): number | undefined {
    if (this.#labels.has(name)) return this.#labels.get(name);
    const words = name
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .split(/[^\p{L}\p{N}]+/u)
      .map((word) => lettersOf(word).letters);
    const labels = [words.join(''), ...words.toReversed()].filter((label) => label.length >= leastLabel);
    const found = labels.map((label) => this.#endOf(label)).find((end) => end !== undefined);
    this.#labels.set(name, found);
    return found;
  }

  /** The first place where a label has something behind it on its line, else the first one. */
  #endOf(label: string): number | undefined {
    const { letters, wordStarts } = this.#known;
    const ends = wordStarts.filter((start) => letters.startsWith(label, start)).map((start) => start + label.length);
    return ends.find((end) => /^[^\n]*[\p{L}\p{N}]/u.test(textBehind(this.#known, end, tokenChars))) ?? ends[0];
  }
}

/** What stands between a label and its value: "Invoice No.: 4711". */
const betweenLabelAndValue = /^(?:[\s:.#=-]|n(?:o|r|um|umber)\b)+/i;
