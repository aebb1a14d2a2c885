import type { LineBox, ValueEvidence } from '@h2ovl/contract';
import type { EvidencePage } from './evidence-pages.ts';
import type { ValueSpot } from './evidence-sheets.ts';

/** Of values that stand on their pages, those found at the right place; of values that do not, those called exact. */
export interface EvidenceScore {
  right: number;
  rightPlace: number;
  wrong: number;
  wrongExact: number;
  labelled: number;
}

export const emptyEvidenceScore = (): EvidenceScore => ({ right: 0, rightPlace: 0, wrong: 0, wrongExact: 0, labelled: 0 });

/** What was said of one page's values. `report` gets a sentence for each that is wrong. */
export function scoreEvidence(
  { kind, spots }: EvidencePage,
  evidence: readonly ValueEvidence[],
  wrong: ReadonlySet<string>,
  report: (fault: string) => void,
): EvidenceScore {
  const score = emptyEvidenceScore();
  for (const { path, match, places, label } of evidence) {
    const spot = spots[path];
    if (wrong.has(path)) {
      score.wrong += 1;
      score.wrongExact += match === 'exact' ? 1 : 0;
      if (match === 'exact') report(`${kind}: ${path} is wrong and called exact: ${places[0]?.text}`);
      continue;
    }
    if (spot === undefined) continue;
    score.right += 1;
    score.labelled += label === undefined ? 0 : 1;
    const isRight = (match === 'exact' || match === 'near') && places[0] !== undefined && standsAt(places[0].boxes, spot);
    score.rightPlace += isRight ? 1 : 0;
    if (!isRight)
      report(
        `${kind}: ${path} is ${match} at ${JSON.stringify(places[0]?.boxes[0]?.[0])} "${places[0]?.text}", drawn at ${spot.x}, ${spot.y}`,
      );
  }
  return score;
}

/** Whether the middle of a place is on the value's row, and its known end at the value's. */
function standsAt(boxes: readonly LineBox[], { edge, x, y, size }: ValueSpot): boolean {
  const points = (boxes[0] as LineBox).map(([px, py]) => ({ x: px, y: py }));
  const [left, right] = [Math.min(...points.map((point) => point.x)), Math.max(...points.map((point) => point.x))];
  const middle = points.reduce((sum, point) => sum + point.y, 0) / 4;
  const at = edge === 'left' ? left : edge === 'right' ? right : (left + right) / 2;
  return Math.abs(middle - y) <= 0.6 * size && Math.abs(at - x) <= 1.5 * size;
}
