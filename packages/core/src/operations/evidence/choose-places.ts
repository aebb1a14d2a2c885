import type { Candidate, LocatedEntry, LocatedField } from './candidates.ts';
import { awayFrom, chooseRows, mostAway } from './choose-rows.ts';
import type { PageLayout } from './page-layout.ts';

/** What a label says weighs more than what stands near. */
const labelWeight = 3;
/** A place that a value of a list has taken is a worse one for others. */
const takenCost = 1;
/** Values of fewer letters stand on a page by chance: away from the row of their entry they are not the entry's. */
const byChance = 4;

/** Heights of a line by which a place may be nearer to another entry. */
const nearerBy = 0.5;
/** Edges of a column's values differ by less than this, in heights of a line. */
const columnReach = 2;
/** A head that names a field as well as this is its head. */
const headFrom = 0.5;
/** Values with one place each that make a column known. */
const fewestOfColumn = 2;

/** The place each value was most likely taken from; undefined where it has none. */
export function choosePlaces(fields: readonly LocatedField[], layout: PageLayout): ReadonlyMap<LocatedField, Candidate> {
  const chosen = new Map<LocatedField, Candidate>();
  const taken = new Set<string>();
  for (const entries of entriesOf(fields)) chooseInList(entries, layout, chosen, taken);
  const single = fields.filter(({ value, candidates }) => value.entry === undefined && candidates.length > 0);
  // Twice: the first places are known by their labels, the others by those then.
  for (let round = 0; round < 2; round += 1) {
    for (const field of single) {
      const others = single.filter((other) => other !== field && chosen.has(other)).map((other) => chosen.get(other) as Candidate);
      const best = bestOf(field.candidates, (candidate) => {
        const near = round === 0 ? 0 : nearness(candidate, others, layout.lineHeight);
        return labelWeight * candidate.label.rate + near - (taken.has(keyOf(candidate)) ? takenCost : 0);
      });
      chosen.set(field, best);
    }
  }
  return chosen;
}

/** Lists of entries, each in order; a list within an entry is a list of its own. */
function entriesOf(fields: readonly LocatedField[]): readonly (readonly LocatedEntry[])[] {
  const lists = new Map<string, LocatedField[][]>();
  for (const field of fields) {
    const { entry } = field.value;
    if (entry === undefined) continue;
    const list = lists.get(entry.list) ?? [];
    lists.set(entry.list, list);
    list[entry.index] = [...(list[entry.index] ?? []), field];
  }
  return [...lists.values()].map((list) => [...list].map((entry) => entry ?? []));
}

function chooseInList(
  entries: readonly LocatedEntry[],
  layout: PageLayout,
  chosen: Map<LocatedField, Candidate>,
  taken: Set<string>,
): void {
  const rows = chooseRows(entries, layout.lineHeight);
  const near = new Map<LocatedField, readonly Candidate[]>();
  for (const [index, fields] of entries.entries()) {
    const row = rows[index];
    for (const field of fields) if (row !== undefined) near.set(field, nearRow(field, row, { rows, lineHeight: layout.lineHeight }));
  }
  const columns = columnsOf(near);
  const headed = headedOf(near);
  for (const fields of entries) {
    // Values with one place first: what they take is not another's.
    for (const field of [...fields].sort((a, b) => (near.get(a)?.length ?? 0) - (near.get(b)?.length ?? 0))) {
      const column = columns.get(nameOf(field));
      const candidates = (near.get(field) ?? []).filter(
        (candidate) => !isByChance(field, candidate, { column, isHeaded: headed.has(nameOf(field)), lineHeight: layout.lineHeight }),
      );
      if (candidates.length === 0) continue;
      const best = bestOf(candidates, (candidate) => {
        const away = column === undefined ? 0 : Math.min(1, awayFromColumn(candidate, column) / (4 * layout.lineHeight));
        return candidate.label.rate - away - (taken.has(keyOf(candidate)) ? takenCost : 0);
      });
      taken.add(keyOf(best));
      chosen.set(field, best);
    }
  }
}

interface RowFacts {
  /** Of all entries of the list. */
  readonly rows: readonly (number | undefined)[];
  readonly lineHeight: number;
}

/** Of a value's places those that are as near to the row as the nearest; none where a short one stands nearer to another entry, or far away. */
function nearRow({ candidates, value }: LocatedField, row: number, { rows, lineHeight }: RowFacts): readonly Candidate[] {
  const away = (candidate: Candidate): number => awayFrom(candidate, row, lineHeight);
  const isOwn = (candidate: Candidate): boolean =>
    away(candidate) <= mostAway &&
    rows.every((other) => other === undefined || awayFrom(candidate, other, lineHeight) >= away(candidate) - nearerBy);
  const own = String(value.value).length < byChance ? candidates.filter(isOwn) : candidates;
  const nearest = Math.min(...own.map(away));
  return own.filter((candidate) => away(candidate) <= nearest + 0.4);
}

interface ColumnFacts {
  readonly column: Column | undefined;
  /** Whether a value of the field stands below a head that names it. */
  readonly isHeaded: boolean;
  readonly lineHeight: number;
}

/** A short value beside the column of its field, or below the head of another one, is another one's. */
function isByChance({ value }: LocatedField, candidate: Candidate, { column, isHeaded, lineHeight }: ColumnFacts): boolean {
  if (String(value.value).length >= byChance) return false;
  if (isHeaded && candidate.label.rate === 0) return true;
  return column !== undefined && column.count >= fewestOfColumn && awayFromColumn(candidate, column) > columnReach * lineHeight;
}

/** The fields that have a head above one of their places. */
function headedOf(near: ReadonlyMap<LocatedField, readonly Candidate[]>): ReadonlySet<string> {
  const headed = [...near].filter(([, candidates]) => candidates.some(({ label }) => label.rate >= headFrom));
  return new Set(headed.map(([field]) => nameOf(field)));
}

interface Column {
  readonly count: number;
  readonly left: number;
  readonly right: number;
}

/** Where the values of a field stand that have one place only: the median of their edges. */
function columnsOf(near: ReadonlyMap<LocatedField, readonly Candidate[]>): ReadonlyMap<string, Column> {
  const sure = new Map<string, Candidate[]>();
  for (const [field, candidates] of near) {
    const [first, second] = candidates;
    if (first === undefined || second !== undefined) continue;
    sure.set(nameOf(field), [...(sure.get(nameOf(field)) ?? []), first]);
  }
  const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] as number;
  return new Map(
    [...sure].map(([name, found]) => [
      name,
      { count: found.length, left: median(found.map(({ bounds }) => bounds.left)), right: median(found.map(({ bounds }) => bounds.right)) },
    ]),
  );
}

/** Columns stand flush at one of their sides. */
function awayFromColumn({ bounds }: Candidate, { left, right }: Column): number {
  return Math.min(Math.abs(bounds.left - left), Math.abs(bounds.right - right));
}

const nameOf = ({ value }: LocatedField): string => `${value.entry?.list} ${value.keys.filter((key) => typeof key === 'string').join('.')}`;
const keyOf = ({ place }: Candidate): string => JSON.stringify(place.boxes[0]);

/** 0 to 1: how near a place is to the two nearest places of other values. */
function nearness({ x, y }: Candidate, others: readonly Candidate[], lineHeight: number): number {
  const distances = others.map((other) => Math.hypot(x - other.x, y - other.y)).sort((a, b) => a - b);
  const [first, second = first] = distances;
  return first === undefined || second === undefined ? 0 : 1 / (1 + (first + second) / (20 * lineHeight));
}

function bestOf(candidates: readonly Candidate[], rate: (candidate: Candidate) => number): Candidate {
  return candidates.reduce((best, candidate) => (rate(candidate) > rate(best) ? candidate : best));
}
