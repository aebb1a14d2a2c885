import { type Letters, lettersOf } from './letters.ts';

/** Characters of a text that are looked through, and letters: several dense pages. Looking for a place takes time with their number. */
const maxChars = 40_000;

/** A text of the page, as it is looked through. */
export interface KnownText extends Letters {
  readonly text: string;
  /** Letters that are the first of a word. */
  readonly wordStarts: readonly number[];
}

export function knowText(text: string): KnownText {
  const { letters, ends } = lettersOf(text.slice(0, maxChars), maxChars); // some characters are 18 letters each
  const wordStarts: number[] = [];
  for (let at = 0, from = 0; at < letters.length; at += 1) {
    const end = ends[at] as number;
    if (at === 0 || (end - from > 1 && /\s/.test(text.slice(from, end)))) wordStarts.push(at);
    from = end;
  }
  return { text, letters, ends, wordStarts };
}

/** The text behind so many of its letters. */
export function textBehind({ text, ends }: KnownText, letters: number, chars: number): string {
  const from = letters === 0 ? 0 : (ends[letters - 1] as number);
  return text.slice(from, from + chars);
}
