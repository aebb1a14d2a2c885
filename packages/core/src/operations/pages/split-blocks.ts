import type { LinePlace } from './line-places.ts';

/** A part of a page that is read from top to bottom. */
export interface Block {
  readonly left: number;
  readonly right: number;
  readonly lines: readonly LinePlace[];
}

/**
 * The columns of a page, one after the other, as the order of its lines tells: where it goes back up, another column begins. Where columns do not
 * stand clear of each other, the page is one block.
 */
export function splitBlocks(lines: readonly LinePlace[], width: number): readonly Block[] {
  const whole: readonly Block[] = [{ left: 0, right: width, lines }];
  const runs = splitRuns(lines);
  if (runs.length === 1) return whole;
  const parts = runs.flatMap((run, index) => splitAcross(run, [...runs.slice(0, index), ...runs.slice(index + 1)]));
  const blocks = parts.map(blockOf);
  const isClear = blocks.every((a, at) => blocks.slice(at + 1).every((b) => !touch(a, b)));
  return isClear ? blocks : whole;
}

/** Lines in a row until the reading goes back up by more than a line. */
function splitRuns(lines: readonly LinePlace[]): LinePlace[][] {
  const runs: LinePlace[][] = [];
  let last: LinePlace | undefined;
  for (const line of lines) {
    if (last === undefined || line.bottom < last.top - last.height) runs.push([line]);
    else runs.at(-1)?.push(line);
    last = line;
  }
  return runs;
}

/** A heading above columns is read with the first of them, and is as wide as all: it is parted from what stands beside others. */
function splitAcross(run: readonly LinePlace[], others: readonly LinePlace[][]): LinePlace[][] {
  const isBeside = (line: LinePlace): boolean => others.some((other) => line.bottom > topOf(other) && line.top < bottomOf(other));
  const parts: LinePlace[][] = [];
  let was: boolean | undefined;
  for (const line of run) {
    const is = isBeside(line);
    if (is === was) parts.at(-1)?.push(line);
    else parts.push([line]);
    was = is;
  }
  return parts;
}

function blockOf(lines: readonly LinePlace[]): Block {
  return { left: Math.min(...lines.map(({ left }) => left)), right: Math.max(...lines.map(({ right }) => right)), lines };
}

function touch(a: Block, b: Block): boolean {
  const isSideBySide = a.left < b.right && b.left < a.right;
  return isSideBySide && topOf(a.lines) < bottomOf(b.lines) - slack(b) && topOf(b.lines) < bottomOf(a.lines) - slack(a);
}

/** Boxes of neighbouring lines lie over each other by a little. */
const slack = ({ lines }: Block): number => 0.3 * (lines[0]?.height ?? 0);
const topOf = (lines: readonly LinePlace[]): number => Math.min(...lines.map(({ top }) => top));
const bottomOf = (lines: readonly LinePlace[]): number => Math.max(...lines.map(({ bottom }) => bottom));
