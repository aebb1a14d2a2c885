import type { ValueCheck, ValueEvidence } from '@h2ovl/contract';

/** The value that is worth a second look, and why. */
export interface Doubt {
  readonly path: string;
  /** The check that failed; undefined for a value that stands nowhere. */
  readonly check: ValueCheck | undefined;
}

/** How much a kind of match speaks against a value. */
const suspicion: Readonly<Record<ValueEvidence['match'], number>> = { none: 3, near: 2, 'not-judged': 1, exact: 0 };

/**
 * One value of an object: of the first check that failed the one that is least likely to stand on the page; where none failed, the first value that stands
 * nowhere.
 * @param wantsEvidence whether values that stand nowhere are looked at again, too
 */
export function chooseDoubt(checks: readonly ValueCheck[], evidence: readonly ValueEvidence[], wantsEvidence: boolean): Doubt | undefined {
  const known = new Map(evidence.map((entry) => [entry.path, entry]));
  const failed = checks.find(({ outcome, paths }) => outcome === 'failed' && paths.some((path) => known.has(path)));
  if (failed !== undefined) {
    const suspects = failed.paths.flatMap((path) => known.get(path) ?? []);
    const [worst] = [...suspects].sort((a, b) => suspicion[b.match] - suspicion[a.match] || (a.probability ?? 1) - (b.probability ?? 1));
    return worst && { path: worst.path, check: failed };
  }
  const absent = wantsEvidence ? evidence.find(({ match }) => match === 'none') : undefined;
  return absent && { path: absent.path, check: undefined };
}
