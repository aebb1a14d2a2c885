import { alignWords } from '../compare-readings.ts';

/** Lines at the seam that are compared. */
const mostCompared = 6;
/** Of the letters of two lines, the share that is the same in lines that are taken for one. */
const sameLine = 0.7;

/** Texts of parts as one: where a part begins with lines that the one before ends with, each stands once. */
export function joinTexts(parts: readonly { readonly text: string; readonly overlaps: boolean }[]): string {
  const all: string[] = [];
  for (const { text, overlaps } of parts) {
    const lines = text.trim() === '' ? [] : text.trim().split('\n');
    const seam = overlaps ? findSeam(all, lines) : undefined;
    if (seam !== undefined) all.splice(all.length - seam.dropped);
    all.push(...lines.slice(seam?.from ?? 0));
  }
  return all.join('\n');
}

/**
 * Where the next part goes on: the last line that both have whole. What stands below it in the part above was cut through, and is taken from the next one;
 * so is what the next one has above it.
 */
function findSeam(above: readonly string[], below: readonly string[]): { readonly dropped: number; readonly from: number } | undefined {
  let best: { readonly dropped: number; readonly from: number; readonly worth: number } | undefined;
  const last = above.slice(-mostCompared);
  for (const [index, line] of last.entries()) {
    for (const [from, other] of below.slice(0, mostCompared).entries()) {
      const share = likeness(line, other);
      // Longer lines prove more; of equal proof the later one leaves less that was cut.
      const worth = share * Math.min(line.length, other.length) + index;
      if (share >= sameLine && (best === undefined || worth > best.worth))
        best = { dropped: last.length - 1 - index, from: from + 1, worth };
    }
  }
  return best;
}

/** Share of the longer line's letters that the other has in the same order. */
function likeness(a: string, b: string): number {
  const [from, to] = [[...a.slice(0, 200)], [...b.slice(0, 200)]];
  return alignWords(from, to).size / Math.max(1, from.length, to.length);
}
