import type { LineBox, PageRotation } from '@h2ovl/contract';
import { middleOf, sidesOf } from '../geometry.ts';
import { splitColumns } from './split-columns.ts';
import { setUpright } from './upright.ts';

/** A line with its place in the frame of the text: x along it, y across it, so that rows are level even on a page that was put down crookedly. */
export interface PlacedLine<Line> {
  readonly line: Line;
  readonly from: number;
  readonly to: number;
  readonly y: number;
  readonly height: number;
  readonly letters: number;
}

/** Lines at least this many times as long as high say how the page is slanted. */
const slantFrom = 3;
/** A line belongs to one of the last rows where their middles differ by less than this share of the lower one. */
const sameRow = 0.5;
const rowsLookedAt = 4;

interface Row<Line> {
  y: number;
  readonly height: number;
  readonly lines: PlacedLine<Line>[];
}

/** The lines in reading order, as rows of what stands side by side. */
export function orderLines<Line extends { readonly box: LineBox; readonly text: string }>(
  lines: readonly Line[],
  rotation: PageRotation,
  page: { readonly width: number; readonly height: number },
): Line[][] {
  const upright = lines.map(({ box }) => box.map((corner) => setUpright(corner, rotation, page)) as unknown as LineBox);
  const slant = slantOf(upright);
  const [cos, sin] = [Math.cos(slant), Math.sin(slant)];
  const placed = lines.map((line, index): PlacedLine<Line> => {
    const box = upright[index] as LineBox;
    const [x, y] = middleOf(box);
    const { width, height } = sidesOf(box);
    const along = x * cos + y * sin;
    const half = Math.max(width, height) / 2;
    return {
      line,
      from: along - half,
      to: along + half,
      y: -x * sin + y * cos,
      height: Math.min(width, height),
      letters: line.text.length,
    };
  });
  return splitColumns(placed).flatMap((block) => makeRows(block));
}

/** The direction of the page's lines, radians: the median, each line with the weight of its length. */
export function slantOf(boxes: readonly LineBox[]): number {
  const angles = boxes.flatMap((box) => {
    const { width, height } = sidesOf(box);
    const [[x1, y1], [x2, y2]] = box;
    return width > slantFrom * height ? [{ angle: Math.atan2(y2 - y1, x2 - x1), width }] : [];
  });
  angles.sort((a, b) => a.angle - b.angle);
  const half = angles.reduce((sum, { width }) => sum + width, 0) / 2;
  let sum = 0;
  for (const { angle, width } of angles) {
    sum += width;
    if (sum >= half) return angle;
  }
  return 0;
}

function makeRows<Line>(placed: readonly PlacedLine<Line>[]): Line[][] {
  const rows: Row<Line>[] = [];
  for (const line of [...placed].sort((a, b) => a.y - b.y)) {
    const row = nearestRow(rows.slice(-rowsLookedAt), line);
    if (row === undefined) {
      rows.push({ y: line.y, height: line.height, lines: [line] });
      continue;
    }
    row.lines.push(line);
    const weight = row.lines.reduce((sum, { height }) => sum + height, 0);
    row.y = row.lines.reduce((sum, { y, height }) => sum + y * height, 0) / weight;
  }
  return rows.map((row) => row.lines.sort((a, b) => a.from - b.from).map(({ line }) => line));
}

function nearestRow<Line>(rows: readonly Row<Line>[], line: PlacedLine<Line>): Row<Line> | undefined {
  let best: Row<Line> | undefined;
  let nearest = Infinity;
  for (const row of rows) {
    const apart = Math.abs(line.y - row.y);
    if (apart < sameRow * Math.min(line.height, row.height) && apart < nearest) [best, nearest] = [row, apart];
  }
  return best;
}
