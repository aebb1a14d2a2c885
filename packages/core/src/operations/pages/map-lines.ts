import type { LineBox, PageLines, PagePoint, PageSize } from '@h2ovl/contract';

/** The lines of a page as they stand on one that was made from it. Their order stays: it is that of the page set upright. */
export function mapLines(lines: PageLines, size: PageSize, place: (point: PagePoint) => PagePoint): PageLines {
  const map = (box: LineBox): LineBox => box.map(place) as unknown as LineBox;
  return {
    ...lines,
    ...size,
    lines: lines.lines.map((line) => ({ ...line, box: map(line.box), words: line.words.map((word) => ({ ...word, box: map(word.box) })) })),
  };
}
