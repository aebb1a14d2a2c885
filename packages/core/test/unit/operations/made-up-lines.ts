import type { LineBox, PageLines, TextLine } from '@h2ovl/contract';

/** Text at a place: each letter 10 pixels wide, 20 high. */
export interface PlacedText {
  readonly text: string;
  readonly x: number;
  /** Upper edge. */
  readonly y: number;
  readonly confidence?: number;
}

const boxAt = (x: number, y: number, width: number): LineBox => [
  [x, y],
  [x + width, y],
  [x + width, y + 20],
  [x, y + 20],
];

/** The lines of a page as the line reader gives them, made of texts in reading order. */
export function pageOf(texts: readonly PlacedText[], unreadable = 0): PageLines {
  const lines = texts.map(({ text, x, y, confidence = 0.99 }): TextLine => {
    let at = x;
    const words = text.split(' ').map((word) => {
      const box = boxAt(at, y, word.length * 10);
      at += (word.length + 1) * 10;
      return { text: word, box };
    });
    return { text, confidence, box: boxAt(x, y, text.length * 10), height: 20, words };
  });
  return {
    ...{ width: 1000, height: 1000, rotation: 0, rotationMargin: 1, hasText: lines.length > 0, unreadable, warnings: [] },
    lines,
    text: lines.map(({ text }) => text).join('\n'),
  };
}

/** Rows of cells at the columns' left edges. */
export function tableOf(rows: readonly (readonly string[])[], columns: readonly number[], top = 100): readonly PlacedText[] {
  return rows.flatMap((cells, row) => cells.map((text, column) => ({ text, x: columns[column] ?? 0, y: top + row * 40 })));
}
