import type { LineBox, LineWord } from '@h2ovl/contract';
import type { Alphabet } from '../alphabet.ts';
import { cutLength } from '../geometry.ts';
import type { Letter } from './decode-letters.ts';

/** What one picture of a line, or of a part of one, says. */
export interface Reading {
  /** What was read, in the direction of the writing. */
  readonly box: LineBox;
  /** Columns of the answer. */
  readonly columns: number;
  readonly letters: readonly Letter[];
  readonly words: readonly LineWord[];
  readonly text: string;
  /** Mean probability of the letters, 0 without any. */
  readonly confidence: number;
}

/** Letters about half the width of a full letter stand this much to each side of their column, in columns of the answer. */
const letterReach = 0.75;

/** Puts letters together: words with their boxes, and the text. */
export function makeReading(box: LineBox, columns: number, letters: readonly Letter[], alphabet: Alphabet): Reading {
  const groups = groupWords(letters, alphabet.lostSpaceFrom);
  const reach = (letterReach * pitchOf(letters)) / 2;
  const words = groups.map((group, index): LineWord => {
    const before = groups[index - 1]?.at(-1);
    const after = groups[index + 1]?.[0];
    const [first, last] = [group[0] as Letter, group.at(-1) as Letter];
    const least = before === undefined ? 0 : (before.last + first.first + 1) / 2;
    const most = after === undefined ? columns : (last.last + after.first + 1) / 2;
    const from = Math.max(least, first.first + 0.5 - reach - 0.5);
    const to = Math.min(most, last.last + 0.5 + reach + 0.5);
    return { text: foldWidth(group.map(({ character }) => character).join('')), box: cutLength(box, from / columns, to / columns) };
  });
  return { box, columns, letters, words, text: words.map(({ text }) => text).join(' '), confidence: confidenceOf(letters) };
}

function confidenceOf(letters: readonly Letter[]): number {
  return letters.reduce((sum, { probability }) => sum + probability, 0) / (letters.length || 1);
}

function groupWords(letters: readonly Letter[], lostSpaceFrom: number | undefined): Letter[][] {
  const groups: Letter[][] = [];
  let isNewWord = true;
  for (const letter of letters) {
    if (letter.character.trim() === '') {
      isNewWord = true;
      continue;
    }
    if (isNewWord || (lostSpaceFrom !== undefined && letter.spaceBefore > lostSpaceFrom)) groups.push([letter]);
    else groups.at(-1)?.push(letter);
    isNewWord = false;
  }
  return groups;
}

/** Columns from one letter to the next: the median. */
function pitchOf(letters: readonly Letter[]): number {
  const steps = letters.slice(1).map((letter, index) => letter.first - (letters[index] as Letter).first);
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 2;
}

/** Full-width forms, which a recogniser of Chinese writes at times, as the plain characters; not within Chinese text. */
function foldWidth(text: string): string {
  return /\p{Script=Han}/u.test(text) ? text : text.replace(/[\uff01-\uff5e]/g, (character) => character.normalize('NFKC'));
}

/** How much a reading is worth beside another one of the same place: letters, by how sure they are. */
export function worthOf({ confidence, letters }: Pick<Reading, 'confidence' | 'letters'>): number {
  return confidence * letters.length;
}

/**
 * How much a reading speaks for the way up in which it was read. Upside down, a recogniser with many letters reads as many of them, and is only less
 * sure: 0.75 to 0.85 where the right way gives 0.95 and more.
 */
export function uprightWorthOf({ confidence, letters }: Pick<Reading, 'confidence' | 'letters'>): number {
  return confidence ** 8 * letters.length;
}

/** The letters between two shares of a line's length, with their own confidence. */
export function lettersBetween({ letters, columns }: Reading, from: number, to: number): Pick<Reading, 'confidence' | 'letters'> {
  const inside = letters.filter(({ first, last }) => {
    const middle = (first + last + 1) / 2 / columns;
    return middle >= from && middle <= to;
  });
  return { letters: inside, confidence: confidenceOf(inside) };
}

/** Readings of a line's parts, one after the other, as one. */
export function joinReadings(box: LineBox, parts: readonly Reading[]): Reading {
  if (parts.length === 1) return { ...(parts[0] as Reading), box };
  const letters: Letter[] = [];
  let columns = 0;
  for (const part of parts) {
    const before = columns;
    letters.push(...part.letters.map((letter) => ({ ...letter, first: letter.first + before, last: letter.last + before })));
    columns += part.columns;
  }
  const words = parts.flatMap((part) => part.words);
  const confidence = parts.reduce((sum, part) => sum + worthOf(part), 0) / (letters.length || 1);
  return { box, columns, letters, words, text: words.map(({ text }) => text).join(' '), confidence };
}
