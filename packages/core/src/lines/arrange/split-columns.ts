import type { PlacedLine } from './order-lines.ts';

/** Columns of text have at least this many lines on both sides, half of them with this many letters: tables and forms do not. */
const fewestLines = 4;
const proseLetters = 20;

/** Columns of running text, one block after the other; everything else stays one block, whose rows go across. */
export function splitColumns<Line>(lines: readonly PlacedLine<Line>[]): PlacedLine<Line>[][] {
  const gutter = lines.length < 2 * fewestLines ? undefined : findGutter(lines);
  if (gutter === undefined) return [[...lines]];
  // Lines across the gutter, as headings are, part the columns above them from those below.
  const sorted = [...lines].sort((a, b) => a.y - b.y);
  const blocks: PlacedLine<Line>[][] = [];
  let open: PlacedLine<Line>[] = [];
  let across: PlacedLine<Line>[] = [];
  const close = (): void => {
    if (open.length > 0) blocks.push(...splitBand(open, gutter));
    if (across.length > 0) blocks.push(across);
    [open, across] = [[], []];
  };
  for (const line of sorted) {
    const isAcross = line.from < gutter && line.to > gutter;
    if (!isAcross && across.length > 0) {
      blocks.push(across);
      across = [];
    }
    if (isAcross && open.length > 0) close();
    (isAcross ? across : open).push(line);
  }
  close();
  return blocks;
}

function splitBand<Line>(band: readonly PlacedLine<Line>[], gutter: number): PlacedLine<Line>[][] {
  const left = band.filter(({ to }) => to <= gutter);
  const right = band.filter(({ from }) => from >= gutter);
  if (!isProse(left) || !isProse(right)) return [[...band]];
  return [...splitColumns(left), ...splitColumns(right)];
}

/** The place with the most lines on its poorer side, where at most a quarter of all lines go across. Takes time with the lines, not with their square. */
function findGutter<Line>(lines: readonly PlacedLine<Line>[]): number | undefined {
  const ends = countsBelow(lines, ({ to }) => to);
  const starts = countsBelow(lines, ({ from }) => from);
  let best: number | undefined;
  let most = fewestLines - 1;
  for (const gutter of new Set(lines.map(({ from }) => Math.floor(from)))) {
    const left = ends.upTo(gutter);
    const right = starts.from(gutter);
    const worth = Math.min(left.lines, right.lines);
    if (worth <= most || lines.length - left.lines - right.lines > lines.length / 4) continue;
    if (countsAsProse(left) && countsAsProse(right)) [best, most] = [gutter, worth];
  }
  return best;
}

interface LineCount {
  readonly lines: number;
  /** Of those, the ones that are long enough for running text. */
  readonly long: number;
}

/** How many lines have their edge up to a place, or from it on. */
function countsBelow<Line>(lines: readonly PlacedLine<Line>[], edgeOf: (line: PlacedLine<Line>) => number) {
  const sorted = lines.map((line) => ({ edge: edgeOf(line), isLong: line.letters >= proseLetters })).sort((a, b) => a.edge - b.edge);
  const long = [0];
  for (const { isLong } of sorted) long.push((long.at(-1) as number) + (isLong ? 1 : 0));
  /** Lines whose edge lies before `place`, or at it where `isWith`. */
  const before = (place: number, isWith: boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { edge } = sorted[middle] as (typeof sorted)[number];
      if (edge < place || (isWith && edge === place)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    upTo: (place: number): LineCount => {
      const count = before(place, true);
      return { lines: count, long: long[count] as number };
    },
    from: (place: number): LineCount => {
      const count = before(place, false);
      return { lines: sorted.length - count, long: (long.at(-1) as number) - (long[count] as number) };
    },
  };
}

/** More than half of them, or half, are long. */
function countsAsProse({ lines, long }: LineCount): boolean {
  return lines >= fewestLines && lines - long <= lines >> 1;
}

function isProse<Line>(lines: readonly PlacedLine<Line>[]): boolean {
  return countsAsProse({ lines: lines.length, long: lines.filter(({ letters }) => letters >= proseLetters).length });
}
