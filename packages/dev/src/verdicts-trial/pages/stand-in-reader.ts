import type { LineBox, Page, PageLines, TextLine } from '@h2ovl/contract';
import type { DrawnPage } from '../../lines-trial/page-drawing.ts';

/** Letters reach this far above and below their baseline, of the font size; boxes of the line reader a little further. */
const [above, below, slack] = [0.78, 0.24, 0.14];

/** The lines of a drawn page as a line reader that makes no mistake would give them. */
export function trueLines({ width, height, rows }: DrawnPage): PageLines {
  const lines = rows.flatMap((row) =>
    row.map(({ text, x, y, size }): TextLine => {
      const [left, right] = [x, Math.min(width, x + text.length * size * 0.52)];
      const [top, bottom] = [y - (above + slack) * size, y + (below + slack) * size];
      const box: LineBox = [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
      ];
      return { text, confidence: 1, box, height: bottom - top, words: [] };
    }),
  );
  const text = rows.map((row) => row.map((one) => one.text).join(' ')).join('\n');
  return { width, height, rotation: 0, rotationMargin: 1, hasText: lines.length > 0, lines, text, unreadable: 0, warnings: [] };
}

/** A page without pixels: whoever renders it has made a mistake. */
export function pagelessPage({ width, height }: DrawnPage): Page {
  return {
    number: 1,
    name: 'drawn',
    size: { width, height },
    key: `drawn-${width}x${height}`,
    render: () => Promise.reject(new Error('This page has no pixels.')),
    textLayer: async () => undefined,
  };
}

/**
 * What stands on a part of a drawn page, as a model without fault reads it: rows that are whole, and, of rows that are cut through, the beginning of their
 * text with other letters, as halves of letters read.
 */
export function readPart(
  { rows }: DrawnPage,
  part: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
): string {
  const [right, bottom] = [part.left + part.width, part.top + part.height];
  const lines = rows.flatMap((row) => {
    const within = row.filter(({ x }) => x >= part.left && x < right);
    const [first] = within;
    if (first === undefined) return [];
    const [from, to] = [first.y - above * first.size, first.y + below * first.size];
    if (to <= part.top || from >= bottom) return [];
    const text = within.map((one) => one.text).join(' ');
    return from >= part.top && to <= bottom ? [text] : [text.replace(/[aeiou]/g, 'c').slice(0, text.length / 2)];
  });
  return lines.join('\n');
}
