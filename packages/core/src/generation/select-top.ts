/** What `selectTop` ranks: ids, in place, by their keys. */
export interface Candidates {
  /** Reordered by the call. */
  readonly ids: Uint32Array;
  /** How many of `ids` take part, from the front. */
  readonly count: number;
  /** Key of each id; the larger comes first, the lower id first on ties. No NaN. */
  readonly keys: Float32Array | Float64Array;
}

/**
 * Brings the best candidates to the front, unordered among themselves, and returns how many they are: the fewest whose mass reaches `target`.
 * The mass of a candidate is 1 (`'count'`: top-k) or its key (`'keys'`: top-p). A weighted quickselect: about three passes over the
 * candidates whatever the target, where sorting would cost a logarithm more.
 */
export function selectTop({ ids, count, keys }: Candidates, mass: 'count' | 'keys', target: number): number {
  let low = 0;
  let high = count;
  let needed = target;
  while (high - low > 1) {
    const pivotPlace = partition(ids, keys, low, high);
    let before = pivotPlace - low;
    if (mass === 'keys') {
      before = 0;
      for (let place = low; place < pivotPlace; place += 1) before += keyAt(ids, keys, place);
    }
    if (before >= needed) {
      high = pivotPlace;
      continue;
    }
    const withPivot = before + (mass === 'keys' ? keyAt(ids, keys, pivotPlace) : 1);
    if (withPivot >= needed) return pivotPlace + 1;
    needed -= withPivot;
    low = pivotPlace + 1;
  }
  return high;
}

/** Puts what ranks before a pivot (the median of three) to its left, the rest to its right; returns the pivot's place. */
function partition(ids: Uint32Array, keys: Candidates['keys'], low: number, high: number): number {
  const last = high - 1;
  const middle = (low + last) >>> 1;
  if (ranksBefore(ids, keys, middle, low)) swap(ids, middle, low);
  if (ranksBefore(ids, keys, last, low)) swap(ids, last, low);
  if (ranksBefore(ids, keys, middle, last)) swap(ids, middle, last); // the median is now last
  const pivotId = ids[last] as number;
  const pivotKey = keys[pivotId] as number;
  let place = low;
  for (let index = low; index < last; index += 1) {
    const id = ids[index] as number;
    const key = keys[id] as number;
    if (key > pivotKey || (key === pivotKey && id < pivotId)) {
      ids[index] = ids[place] as number;
      ids[place] = id;
      place += 1;
    }
  }
  swap(ids, place, last);
  return place;
}

function ranksBefore(ids: Uint32Array, keys: Candidates['keys'], left: number, right: number): boolean {
  const difference = keyAt(ids, keys, left) - keyAt(ids, keys, right);
  // Two keys of -Infinity differ by NaN: neither comparison holds, and the ids decide.
  return difference > 0 || (!(difference < 0) && (ids[left] as number) < (ids[right] as number));
}

function keyAt(ids: Uint32Array, keys: Candidates['keys'], place: number): number {
  return keys[ids[place] as number] as number; // inside the arrays by construction
}

function swap(ids: Uint32Array, left: number, right: number): void {
  const id = ids[left] as number;
  ids[left] = ids[right] as number;
  ids[right] = id;
}
