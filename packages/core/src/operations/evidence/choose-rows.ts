import type { Candidate, LocatedEntry } from './candidates.ts';

/** A value this many heights of a line away from its entry's row is as good as not there. */
export const mostAway = 4;
/** Entries are printed this many heights of a line apart at least. */
const leastApart = 0.3;

/** The row of each entry of a list, as the height of its middle: rows go down with the entries, and as many of their values as can be stand near them. */
export function chooseRows(entries: readonly LocatedEntry[], lineHeight: number): readonly (number | undefined)[] {
  const rows = [...new Set(entries.flatMap((values) => values.flatMap(({ candidates }) => candidates.map(({ y }) => y))))].sort(
    (a, b) => a - b,
  );
  if (rows.length === 0) return entries.map(() => undefined);
  const from: Int32Array[] = [];
  let before: Float64Array | undefined;
  for (const values of entries) {
    const own = rows.map((y) => costOf(values, y, lineHeight));
    const [cost, choice] = [new Float64Array(rows.length), new Int32Array(rows.length).fill(-1)];
    let [best, allowed] = [-1, 0];
    for (const [row, y] of rows.entries()) {
      for (; before !== undefined && allowed < row && (rows[allowed] as number) <= y - leastApart * lineHeight; allowed += 1) {
        if (best === -1 || (before[allowed] as number) < (before[best] as number)) best = allowed;
      }
      choice[row] = best;
      cost[row] = (own[row] as number) + (before === undefined ? 0 : best === -1 ? Infinity : (before[best] as number));
    }
    from.push(choice);
    before = cost;
  }
  let row = leastOf(before ?? new Float64Array());
  const chosen = entries.map((): number | undefined => undefined);
  for (let index = entries.length - 1; index >= 0 && row >= 0; index -= 1) {
    chosen[index] = rows[row];
    row = from[index]?.[row] ?? -1;
  }
  return chosen;
}

/** How far the values of an entry stand from a row, those that stand nowhere aside. */
function costOf(values: LocatedEntry, y: number, lineHeight: number): number {
  return values.reduce((sum, { candidates, weight }) => {
    if (candidates.length === 0) return sum;
    const nearest = candidates.reduce((least, candidate) => Math.min(least, awayFrom(candidate, y, lineHeight)), mostAway);
    return sum + weight * nearest;
  }, 0);
}

/** Heights of a line between a place and a row. */
export function awayFrom({ y }: Candidate, row: number, lineHeight: number): number {
  return Math.abs(y - row) / lineHeight;
}

function leastOf(costs: Float64Array): number {
  let best = -1;
  for (const [row, cost] of costs.entries()) if (cost < Infinity && (best === -1 || cost < (costs[best] as number))) best = row;
  return best;
}
