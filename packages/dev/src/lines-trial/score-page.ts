import type { DistortedPage } from './distort-page.ts';
import { type DrawnPage, textOf } from './page-drawing.ts';

/** A line as a reader gave it: its text and the middle of its box. */
export interface ReadLine {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Sums over pages. */
export interface Score {
  edits: number;
  letters: number;
  wordsFound: number;
  words: number;
  rows: number;
  rowsLost: number;
  rowsDoubled: number;
  ms: number;
  pages: number;
}

export const emptyScore = (): Score => ({
  edits: 0,
  letters: 0,
  wordsFound: 0,
  words: 0,
  rows: 0,
  rowsLost: 0,
  rowsDoubled: 0,
  ms: 0,
  pages: 0,
});

export function addScore(to: Score, from: Score): void {
  for (const name of Object.keys(to) as (keyof Score)[]) to[name] += from[name];
}

export function scorePage(
  page: DrawnPage,
  { place }: Pick<DistortedPage, 'place'>,
  text: string,
  lines: readonly ReadLine[],
  ms: number,
): Score {
  const truth = fold(textOf(page));
  const read = fold(text);
  const { found, all } = countWords(truth, read);
  const score = { ...emptyScore(), edits: editDistance(truth, read), letters: truth.length, wordsFound: found, words: all, ms, pages: 1 };
  for (const row of page.rows) {
    score.rows += 1;
    const wanted = squeeze(row.map((part) => part.text).join(''));
    const got = squeeze(
      lines
        .filter((line) => liesOn(row, line, place))
        .map((line) => line.text)
        .join(''),
    );
    if (got.length < 0.4 * wanted.length) score.rowsLost += 1;
    if (got.length > 1.6 * wanted.length + 1) score.rowsDoubled += 1;
  }
  return score;
}

const fold = (text: string): string => text.replace(/\s+/g, ' ').trim();
const squeeze = (text: string): string => text.replace(/\s/g, '');

/** Whether the middle of a line lies in the band of a row, between its ends. */
function liesOn(row: DrawnPage['rows'][number], line: ReadLine, place: DistortedPage['place']): boolean {
  return row.some(({ text, x, y, size }) => {
    const width = text.length * size * 0.75;
    const [x1, y1] = place(x - size, y - 0.35 * size);
    const [x2, y2] = place(x + width, y - 0.35 * size);
    const length = Math.hypot(x2 - x1, y2 - y1);
    const along = ((line.x - x1) * (x2 - x1) + (line.y - y1) * (y2 - y1)) / length;
    const across = Math.abs((line.x - x1) * (y2 - y1) - (line.y - y1) * (x2 - x1)) / length;
    return along >= 0 && along <= length && across < 0.6 * size;
  });
}

function countWords(truth: string, read: string): { readonly found: number; readonly all: number } {
  const counts = new Map<string, number>();
  for (const word of read.split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
  let found = 0;
  const words = truth.split(' ');
  for (const word of words) {
    const left = counts.get(word) ?? 0;
    if (left === 0) continue;
    counts.set(word, left - 1);
    found += 1;
  }
  return { found, all: words.length };
}

/** Least number of letters to put in, take out or change. */
export function editDistance(a: string, b: string): number {
  const [from, to] = [[...a], [...b]];
  let before = Int32Array.from({ length: to.length + 1 }, (_, index) => index);
  let row = new Int32Array(to.length + 1);
  for (const [i, letter] of from.entries()) {
    row[0] = i + 1;
    for (let j = 1; j <= to.length; j += 1) {
      const change = (before[j - 1] as number) + (letter === to[j - 1] ? 0 : 1);
      row[j] = Math.min((before[j] as number) + 1, (row[j - 1] as number) + 1, change);
    }
    [before, row] = [row, before];
  }
  return before[to.length] as number;
}

export function describeScore({ edits, letters, wordsFound, words, rows, rowsLost, rowsDoubled, ms, pages }: Score): string {
  const cer = (edits / letters).toFixed(4);
  return `CER ${cer}  words ${(wordsFound / words).toFixed(3)}  rows ${rows} lost ${rowsLost} doubled ${rowsDoubled}  ${(ms / pages / 1000).toFixed(2)} s a page`;
}
