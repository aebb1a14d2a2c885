import type { ReadLine } from './score-page.ts';
import { printedByTesseract } from './tesseract-shell.ts';

/** Text and lines of a picture, as Tesseract gives them when nothing is set but English. */
export async function readWithTesseract(file: string): Promise<{ readonly text: string; readonly lines: readonly ReadLine[] }> {
  const stdout = await printedByTesseract(file);
  const lines = new Map<string, { words: string[]; left: number; top: number; right: number; bottom: number }>();
  for (const row of stdout.split('\n').slice(1)) {
    const cells = row.split('\t');
    const word = cells[11]?.trim() ?? '';
    if (cells[0] !== '5' || word === '') continue;
    const [left = 0, top = 0, width = 0, height = 0] = cells.slice(6, 10).map(Number);
    const key = cells.slice(1, 5).join(' ');
    const line = lines.get(key) ?? { words: [], left, top, right: 0, bottom: 0 };
    line.words.push(word);
    line.left = Math.min(line.left, left);
    line.top = Math.min(line.top, top);
    line.right = Math.max(line.right, left + width);
    line.bottom = Math.max(line.bottom, top + height);
    lines.set(key, line);
  }
  const all = [...lines.values()];
  return {
    text: all.map(({ words }) => words.join(' ')).join('\n'),
    lines: all.map(({ words, left, top, right, bottom }) => ({ text: words.join(' '), x: (left + right) / 2, y: (top + bottom) / 2 })),
  };
}
