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

/** The place with the most lines on its poorer side, where at most a quarter of all lines go across. */
function findGutter<Line>(lines: readonly PlacedLine<Line>[]): number | undefined {
  let best: number | undefined;
  let most = fewestLines - 1;
  for (const gutter of new Set(lines.map(({ from }) => Math.floor(from)))) {
    const left = lines.filter(({ to }) => to <= gutter);
    const right = lines.filter(({ from }) => from >= gutter);
    const worth = Math.min(left.length, right.length);
    if (worth <= most || lines.length - left.length - right.length > lines.length / 4) continue;
    if (isProse(left) && isProse(right)) [best, most] = [gutter, worth];
  }
  return best;
}

function isProse<Line>(lines: readonly PlacedLine<Line>[]): boolean {
  if (lines.length < fewestLines) return false;
  const letters = lines.map((line) => line.letters).sort((a, b) => a - b);
  return (letters[letters.length >> 1] as number) >= proseLetters;
}
