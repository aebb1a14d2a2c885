import type { LineBox } from '@h2ovl/contract';
import { between, distance, middleOf } from '../geometry.ts';
import type { FoundBox } from './find-regions.ts';

/** Lines whose directions differ by more than this many radians are not neighbours. */
const sameDirection = 0.18;
/** Neighbours stand above each other for at least this share of the shorter one. */
const leastShared = 0.3;

/** A line in its own frame: along it, across it, and how much is cut off on each side. */
interface Frame {
  readonly box: LineBox;
  readonly isLong: boolean;
  readonly u: readonly [number, number];
  readonly v: readonly [number, number];
  readonly x: number;
  readonly y: number;
  /** Half of the length and half of the height. */
  readonly along: number;
  readonly across: number;
  before: number;
  after: number;
}

/** Boxes are grown, so that those of close lines overlap and each line's reader sees its neighbour too: the overlap is cut at its middle. */
export function untangle<Found extends FoundBox>(found: readonly Found[]): Found[] {
  const frames = found.map(({ box }) => frameOf(box));
  const byTop = frames.map((frame) => ({ frame, reach: Math.hypot(frame.along, frame.across) })).sort((a, b) => a.frame.y - b.frame.y);
  const longestReach = Math.max(0, ...[...byTop].map(({ reach }) => reach));
  for (const [index, { frame, reach }] of byTop.entries()) {
    for (let other = index + 1; other < byTop.length; other += 1) {
      const below = byTop[other] as (typeof byTop)[number];
      if (below.frame.y - frame.y > reach + longestReach) break;
      if (below.frame.y - frame.y > reach + below.reach) continue;
      measureOverlap(frame, below.frame);
      measureOverlap(below.frame, frame);
    }
  }
  return found.map((line, index) => ({ ...line, box: cut(frames[index] as Frame) }));
}

function frameOf(box: LineBox): Frame {
  const [a, b, , d] = box;
  const width = distance(a, b);
  const height = distance(a, d);
  const isLong = width >= height;
  const [end, length] = isLong ? [b, width] : [d, height];
  const u = length === 0 ? ([1, 0] as const) : ([(end[0] - a[0]) / length, (end[1] - a[1]) / length] as const);
  const [x, y] = middleOf(box);
  const along = Math.max(width, height) / 2;
  return { box, isLong, u, v: [-u[1], u[0]], x, y, along, across: Math.min(width, height) / 2, before: 0, after: 0 };
}

/** How much of `line` its neighbour takes. */
function measureOverlap(line: Frame, neighbour: Frame): void {
  const [dx, dy] = [neighbour.x - line.x, neighbour.y - line.y];
  const across = dx * line.v[0] + dy * line.v[1];
  const along = dx * line.u[0] + dy * line.u[1];
  if (Math.abs(across) > line.across + neighbour.across + neighbour.along * sameDirection) return;
  if (Math.abs(line.u[0] * neighbour.v[0] + line.u[1] * neighbour.v[1]) > sameDirection) return;
  const from = Math.max(-line.along, along - neighbour.along);
  const to = Math.min(line.along, along + neighbour.along);
  if (to - from <= leastShared * 2 * Math.min(line.along, neighbour.along)) return;
  // The neighbour's distance in the middle of the stretch that both share.
  const slope = (neighbour.u[0] * line.v[0] + neighbour.u[1] * line.v[1]) / (neighbour.u[0] * line.u[0] + neighbour.u[1] * line.u[1] || 1);
  const apart = across + ((from + to) / 2 - along) * slope;
  const overlap = line.across + neighbour.across - Math.abs(apart);
  // Boxes that lie within each other are the same line, found twice.
  if (overlap <= 0 || Math.abs(apart) < 0.6 * Math.min(line.across, neighbour.across)) return;
  const share = (overlap * line.across) / (line.across + neighbour.across);
  if (apart > 0) line.after = Math.max(line.after, share);
  else line.before = Math.max(line.before, share);
}

/** The box without what its neighbours take, at least half of it. */
function cut({ box, isLong, across, before, after }: Frame): LineBox {
  if (before === 0 && after === 0) return box;
  const height = 2 * across;
  const most = Math.max(1, (before + after) / height / 0.5);
  const first = before / height / most;
  const last = after / height / most;
  const [a, b, c, d] = box;
  if (isLong) return [between(a, d, first), between(b, c, first), between(c, b, last), between(d, a, last)];
  // A tall box: its direction goes down, so that "before" is on its right.
  return [between(a, b, last), between(b, a, first), between(c, d, first), between(d, c, last)];
}
