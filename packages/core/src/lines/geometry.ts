import type { LineBox, PagePoint } from '@h2ovl/contract';

/** An upright rectangle. */
export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A rectangle in any direction: its middle is at `u` * (from + to) / 2 and so on. */
export interface Rectangle {
  /** Direction of the first side, of length 1. */
  readonly u: PagePoint;
  /** Extents along `u`. */
  readonly fromU: number;
  readonly toU: number;
  /** Extents across it, a quarter turn clockwise on a page. */
  readonly fromV: number;
  readonly toV: number;
}

export function distance([x1, y1]: PagePoint, [x2, y2]: PagePoint): number {
  return Math.hypot(x2 - x1, y2 - y1);
}

/** The point at `share` of the way from `a` to `b`. */
export function between(a: PagePoint, b: PagePoint, share: number): PagePoint {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
}

export function middleOf([a, b, c, d]: LineBox): PagePoint {
  return [(a[0] + b[0] + c[0] + d[0]) / 4, (a[1] + b[1] + c[1] + d[1]) / 4];
}

/** Along the writing and across it, pixels. */
export function sidesOf([a, b, , d]: LineBox): { readonly width: number; readonly height: number } {
  return { width: distance(a, b), height: distance(a, d) };
}

export function boundsOf(box: LineBox): Bounds {
  const xs = box.map(([x]) => x);
  const ys = box.map(([, y]) => y);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

export function boxOf({ left, top, right, bottom }: Bounds): LineBox {
  return [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
}

export function areaOf({ left, top, right, bottom }: Bounds): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}

export function sharedArea(a: Bounds, b: Bounds): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** The part of a box between two shares of its length. */
export function cutLength([a, b, c, d]: LineBox, from: number, to: number): LineBox {
  return [between(a, b, from), between(a, b, to), between(d, c, to), between(d, c, from)];
}

/** The same rectangle with its corners named a quarter turn later: what was the upper right corner comes first. */
export function quarterTurn([a, b, c, d]: LineBox): LineBox {
  return [b, c, d, a];
}

export function halfTurn([a, b, c, d]: LineBox): LineBox {
  return [c, d, a, b];
}

/**
 * Upper left first, then clockwise, whatever the order was: the first side is the one that goes to the right, also of a narrow box that stands a little
 * aslant, both of whose lower corners are further left than its upper ones.
 */
export function orderCorners(corners: readonly PagePoint[]): LineBox {
  const [x, y] = [0, 1].map((axis) => corners.reduce((sum, corner) => sum + (corner[axis] as number), 0) / corners.length) as [
    number,
    number,
  ];
  const around = [...corners].sort((a, b) => Math.atan2(a[1] - y, a[0] - x) - Math.atan2(b[1] - y, b[0] - x));
  const turns = around.map((_, index) => [...around.slice(index), ...around.slice(0, index)] as unknown as LineBox);
  const rightward = ([a, b]: LineBox): number => (b[0] - a[0]) / (distance(a, b) || 1);
  return turns.reduce((best, turn) => (rightward(turn) > rightward(best) ? turn : best));
}

/** The convex hull, anticlockwise as numbers go. Sorts `points` in place. */
export function convexHull(points: PagePoint[]): PagePoint[] {
  points.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const lower = halfHull(points);
  const upper = halfHull(points.reverse());
  lower.pop();
  upper.pop();
  return [...lower, ...upper];
}

function halfHull(points: readonly PagePoint[]): PagePoint[] {
  const hull: PagePoint[] = [];
  for (const point of points) {
    while (hull.length > 1 && turn(hull.at(-2) as PagePoint, hull.at(-1) as PagePoint, point) <= 0) hull.pop();
    hull.push(point);
  }
  return hull;
}

function turn(o: PagePoint, a: PagePoint, b: PagePoint): number {
  return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
}

/** The smallest rectangle around a convex hull; one of its sides lies on one of the hull's. Undefined for fewer than three points. */
export function smallestRectangle(hull: readonly PagePoint[]): Rectangle | undefined {
  if (hull.length < 3) return undefined;
  let best: Rectangle | undefined;
  let bestArea = Number.POSITIVE_INFINITY;
  for (const [index, from] of hull.entries()) {
    const to = hull[(index + 1) % hull.length] as PagePoint;
    const length = distance(from, to);
    if (length === 0) continue;
    const around = rectangleAlong(hull, [(to[0] - from[0]) / length, (to[1] - from[1]) / length]);
    const area = (around.toU - around.fromU) * (around.toV - around.fromV);
    if (area < bestArea) [best, bestArea] = [around, area];
  }
  return best;
}

function rectangleAlong(hull: readonly PagePoint[], u: PagePoint): Rectangle {
  let [fromU, toU, fromV, toV] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of hull) {
    const alongU = x * u[0] + y * u[1];
    const alongV = -x * u[1] + y * u[0];
    fromU = Math.min(fromU, alongU);
    toU = Math.max(toU, alongU);
    fromV = Math.min(fromV, alongV);
    toV = Math.max(toV, alongV);
  }
  return { u, fromU, toU, fromV, toV };
}

/** The corners of a rectangle that has grown by `by` on every side. */
export function cornersOf({ u, fromU, toU, fromV, toV }: Rectangle, by: number): PagePoint[] {
  const at = (s: number, t: number): PagePoint => [s * u[0] - t * u[1], s * u[1] + t * u[0]];
  return [at(fromU - by, fromV - by), at(toU + by, fromV - by), at(toU + by, toV + by), at(fromU - by, toV + by)];
}
