/** A part of a text that is like what is looked for. */
export interface NearPart {
  readonly from: number;
  /** Behind the last letter. */
  readonly to: number;
  readonly edits: number;
}

/**
 * The parts of `text` that become `wanted` with at most `most` letters put in, taken out or changed: of those that overlap the best ones, in order.
 * Takes time with the product of the lengths.
 */
export function findNear(wanted: string, text: string, most: number): readonly NearPart[] {
  const rows = wanted.length;
  let edits = Int32Array.from({ length: rows + 1 }, (_, index) => index);
  let starts = new Int32Array(rows + 1);
  let nextEdits = new Int32Array(rows + 1);
  let nextStarts = new Int32Array(rows + 1);
  const found: NearPart[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    nextEdits[0] = 0;
    nextStarts[0] = at + 1; // a part that begins behind this letter
    for (let row = 1; row <= rows; row += 1) {
      const changed = (edits[row - 1] as number) + (wanted.charCodeAt(row - 1) === letter ? 0 : 1);
      const added = (edits[row] as number) + 1;
      const dropped = (nextEdits[row - 1] as number) + 1;
      const least = Math.min(changed, added, dropped);
      nextEdits[row] = least;
      nextStarts[row] = (least === changed ? starts[row - 1] : least === added ? starts[row] : nextStarts[row - 1]) as number;
    }
    [edits, nextEdits] = [nextEdits, edits];
    [starts, nextStarts] = [nextStarts, starts];
    if ((edits[rows] as number) <= most) found.push({ from: starts[rows] as number, to: at + 1, edits: edits[rows] as number });
  }
  return bestApart(found, text.length);
}

/** Of parts that overlap, the best one. Takes time with the letters of all parts, not with the square of their number. */
export function bestApart(parts: readonly NearPart[], letters: number): readonly NearPart[] {
  const taken = new Uint8Array(letters);
  const chosen: NearPart[] = [];
  const byWorth = [...parts].sort((a, b) => a.edits - b.edits || b.to - b.from - (a.to - a.from) || a.from - b.from);
  for (const part of byWorth) {
    if (taken.subarray(part.from, part.to).includes(1)) continue;
    taken.fill(1, part.from, part.to);
    chosen.push(part);
  }
  return chosen.sort((a, b) => a.from - b.from);
}
