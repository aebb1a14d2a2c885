import type { LineBox, PagePoint } from '@h2ovl/contract';
import { convexHull, cornersOf, orderCorners, smallestRectangle } from '../geometry.ts';

/** A place that looks like a line of text. */
export interface FoundBox {
  /** Pixels of the page; the corners from the upper left on. */
  readonly box: LineBox;
  /** Mean probability of its pixels. */
  readonly score: number;
  /** Its short side in the detector's pixels before it was grown: about the height of small letters. */
  readonly letterPx: number;
}

/** The detector's map of a part of the page. */
export interface TextMap {
  /** [height, width]: how likely each pixel belongs to text. */
  readonly values: Float32Array;
  readonly width: number;
  readonly height: number;
  /** Detector pixels a page pixel, in each direction. */
  readonly scaleX: number;
  readonly scaleY: number;
  /** Where the part begins on the page, pixels. */
  readonly left: number;
  readonly top: number;
}

const textFrom = 0.3;
const regionFrom = 0.6;
/** The detector was trained to mark the core of a line; a box is grown by its area times this over its circumference. */
const growth = 1.5;
const fewestPixels = 8;
const shortestSide = 3;

/** Runs of text pixels in rows, and which of them touch: a union-find over their numbers. */
class Runs {
  readonly row: number[] = [];
  readonly start: number[] = [];
  /** Behind the last pixel. */
  readonly end: number[] = [];
  readonly #parent: number[] = [];

  add(row: number, start: number, end: number): number {
    this.row.push(row);
    this.start.push(start);
    this.end.push(end);
    return this.#parent.push(this.row.length - 1) - 1;
  }

  rootOf(run: number): number {
    let root = run;
    while (this.#parent[root] !== root) {
      const up = this.#parent[this.#parent[root] as number] as number;
      this.#parent[root] = up;
      root = up;
    }
    return root;
  }

  join(a: number, b: number): void {
    const [rootA, rootB] = [this.rootOf(a), this.rootOf(b)];
    if (rootA !== rootB) this.#parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  }

  groups(): number[][] {
    const groups = new Map<number, number[]>();
    for (let run = 0; run < this.row.length; run += 1) {
      const root = this.rootOf(run);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [run]);
      else group.push(run);
    }
    return [...groups.values()];
  }
}

/** The boxes of a map: connected regions (8 neighbours) that are text for sure, as the smallest rectangle around each. */
export function findRegions(map: TextMap): FoundBox[] {
  const runs = listRuns(map);
  return runs.groups().flatMap((group) => makeBox(map, runs, group) ?? []);
}

function listRuns({ values, width, height }: TextMap): Runs {
  const runs = new Runs();
  let above = 0; // first run of the row above
  for (let y = 0; y < height; y += 1) {
    const from = y * width;
    const aboveEnd = runs.row.length;
    let next = above;
    for (let x = 0; x < width; x += 1) {
      if (!((values[from + x] as number) > textFrom)) continue;
      const start = x;
      while (x < width && (values[from + x] as number) > textFrom) x += 1;
      const run = runs.add(y, start, x);
      while (next < aboveEnd && (runs.end[next] as number) < start) next += 1;
      for (let other = next; other < aboveEnd && (runs.start[other] as number) <= x; other += 1) runs.join(other, run);
    }
    above = aboveEnd;
  }
  return runs;
}

function makeBox(map: TextMap, runs: Runs, group: readonly number[]): FoundBox | undefined {
  const { values, width, scaleX, scaleY, left, top } = map;
  let sum = 0;
  let count = 0;
  const corners: PagePoint[] = [];
  for (const run of group) {
    const [y, start, end] = [runs.row[run] as number, runs.start[run] as number, runs.end[run] as number];
    for (let x = start; x < end; x += 1) sum += values[y * width + x] as number;
    count += end - start;
    corners.push([start, y], [end, y], [start, y + 1], [end, y + 1]);
  }
  if (count < fewestPixels || sum / count < regionFrom) return undefined;
  const rectangle = smallestRectangle(convexHull(corners));
  if (rectangle === undefined) return undefined;
  const [a, b] = [rectangle.toU - rectangle.fromU, rectangle.toV - rectangle.fromV];
  if (Math.min(a, b) < shortestSide) return undefined;
  const grown = cornersOf(rectangle, (a * b * growth) / (2 * (a + b)));
  const box = orderCorners(grown.map(([x, y]): PagePoint => [x / scaleX + left, y / scaleY + top]));
  return { box, score: sum / count, letterPx: Math.min(a, b) };
}
