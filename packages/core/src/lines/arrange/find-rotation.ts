import type { LineBox, PageRotation } from '@h2ovl/contract';
import { cutLength, sidesOf } from '../geometry.ts';
import { inLanes } from '../read/in-lanes.ts';
import type { LineReading } from '../read/read-line.ts';
import { lettersBetween, type Reading, uprightWorthOf } from '../read/reading.ts';
import { orient } from './upright.ts';

export interface FoundRotation {
  readonly rotation: PageRotation;
  /** 0 to 1: how much more the better way says than the worse one, or than the lines that run the other way, whichever is less. */
  readonly margin: number;
}

interface SizedBox {
  readonly box: LineBox;
  readonly width: number;
  readonly height: number;
}

/** A box this much higher than wide is part of a line that runs up or down. */
const tallFrom = 1.5;
const mostRead = 6;
/** Lines that are read before the first verdict; where it is clear, no more are. */
const firstRead = 3;
const clearMargin = 0.5;
/** A line that is read as surely as this stands upright: upside down, 0.75 to 0.85 is usual. */
const sureUpright = 0.92;
/** Of longer lines, the middle part of this many heights is judged. */
const readHeights = 14;

/** Which way up a page is: by the direction of its lines, and by reading the longest of them both ways. */
export async function findRotation(boxes: readonly LineBox[], reading: LineReading): Promise<FoundRotation> {
  const sized = boxes.map((box): SizedBox => ({ box, ...sidesOf(box) }));
  const lengths = sized.reduce((sum, { width, height }) => sum + Math.max(width, height), 0);
  const tall = sized.reduce((sum, { width, height }) => sum + (height > tallFrom * width ? height : 0), 0);
  if (lengths === 0) return { rotation: 0, margin: 0 };
  const isTurned = tall > 0.5 * lengths;
  const [way, otherWay]: readonly [PageRotation, PageRotation] = isTurned ? [270, 90] : [0, 180];
  const longest = sized
    .filter(({ width, height }) => height > tallFrom * width === isTurned)
    .sort((a, b) => Math.max(b.width, b.height) - Math.max(a.width, a.height))
    .slice(0, mostRead);
  const judge = (lines: readonly SizedBox[]): Promise<Votes> => judgeLines(lines, [way, otherWay], reading);
  const first = longest.slice(0, firstRead);
  const settled = first.every(isLong) ? await judgeLongest(first, way, { judge, reading }) : undefined;
  let [worth, otherWorth] = settled ?? (await judge(first));
  for (const line of longest.slice(firstRead)) {
    if (Math.abs(marginOf(worth, otherWorth)) >= clearMargin) break;
    const [more, otherMore] = await judge([line]);
    worth += more;
    otherWorth += otherMore;
  }
  const margin = Math.abs(marginOf(worth, otherWorth));
  return { rotation: otherWorth > worth ? otherWay : way, margin: Math.min(margin, Math.abs(2 * (tall / lengths) - 1)) };
}

/** What lines say for each of two ways up. */
type Votes = readonly [number, number];

/**
 * What the longest line says, where it is clear and the others read surely the same way up: they need not be read the other way up then. Undefined where one of
 * this does not hold.
 */
async function judgeLongest(
  [longest, ...others]: readonly SizedBox[],
  way: PageRotation,
  { judge, reading }: { readonly judge: (lines: readonly SizedBox[]) => Promise<Votes>; readonly reading: LineReading },
): Promise<Votes | undefined> {
  if (longest === undefined) return undefined;
  const along = others.map(
    ({ box }) =>
      () =>
        reading.readAlong(orient(box, way)),
  );
  const [votes, read] = await Promise.all([judge([longest]), inLanes(along)]);
  return marginOf(...votes) >= clearMargin && read.every(({ confidence }) => confidence >= sureUpright) ? votes : undefined;
}

/** The likelier way up, which is that of nearly all pages, is read to the end, as the lines will be read anyway; the other one as far as is needed. */
async function judgeLines(
  lines: readonly SizedBox[],
  [way, otherWay]: readonly [PageRotation, PageRotation],
  reading: LineReading,
): Promise<Votes> {
  const jobs = [
    ...lines.map((line) => () => (isLong(line) ? reading.readAlong(orient(line.box, way)) : reading.readCarefully(orient(line.box, way)))),
    ...lines.map(
      ({ box }) =>
        () =>
          reading.readCarefully(cutLength(orient(box, otherWay), ...middlePart(box))),
    ),
  ];
  const readings = await inLanes(jobs);
  let [worth, otherWorth] = [0, 0];
  for (const [index, { box }] of lines.entries()) {
    worth += uprightWorthOf(lettersBetween(readings[index] as Reading, ...middlePart(box)));
    otherWorth += uprightWorthOf(readings[lines.length + index] as Reading);
  }
  return [worth, otherWorth];
}

function marginOf(a: number, b: number): number {
  return a + b === 0 ? 0 : (a - b) / (a + b);
}

/** A long line is judged by many letters, whoever reads it; a short one by two readings of one kind. */
function isLong({ width, height }: SizedBox): boolean {
  return Math.max(width, height) > readHeights * Math.min(width, height);
}

/** From where to where, as shares of the length of a box, whichever way it lies. */
function middlePart(box: LineBox): readonly [number, number] {
  const { width, height } = sidesOf(box);
  const share = Math.min(1, (readHeights * Math.min(width, height)) / Math.max(1, width, height));
  return [0.5 - share / 2, 0.5 + share / 2];
}
