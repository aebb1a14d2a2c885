import type { BenchModelName } from './bench-models.ts';
import { findGoal } from './goals.ts';
import { summarize } from './statistics.ts';

/** One line of the result; null where a column does not apply. */
export interface Row {
  readonly work: string;
  readonly model: string;
  readonly precision: string | null;
  readonly value: number;
  readonly unit: string;
  readonly peer: string | null;
  readonly peerValue: number | null;
  /** How many times better than the peer: above 1 we are. */
  readonly ratio: number | null;
  readonly n: number;
  /** Least and largest sample. */
  readonly spread: readonly [number, number];
  /** The value at which this machine is used up, in the row's unit. */
  readonly roof: number | null;
  readonly goal: string | null;
  readonly met: boolean | null;
}

export type Unit = 's' | 'ms' | 'tok/s' | 'GFLOP/s' | 'GOP/s' | 'GB/s' | 'MB' | '% of step' | '% of tokens';

/** What was measured of one work. */
export interface Measurement {
  readonly work: string;
  readonly precision: string | null;
  readonly unit: Unit;
  readonly samples: readonly number[];
  readonly roof?: number | undefined;
  readonly peers?: readonly PeerSamples[];
  /** A limit that only the run itself knows: a step's time for cancelling within a step. */
  readonly limit?: number;
  /** Share of all cores that others took, undefined where it is not known. */
  readonly othersShare: number | undefined;
}

export interface PeerSamples {
  readonly peer: string;
  readonly samples: readonly number[];
  /** A number from elsewhere: shown, never judged. */
  readonly isQuoted?: boolean;
}

const smallerIsBetter: readonly string[] = ['s', 'ms', 'MB', '% of step'];

/** How far `value` is on the better side of `other`: 2 means twice as good. */
export function ratioOf(unit: string, value: number, other: number): number {
  return smallerIsBetter.includes(unit) ? other / value : value / other;
}

/** One row per peer, or one without. `isBusy` keeps values but neither ratios (unless `allowBusy`) nor verdicts. */
export function makeRows(model: BenchModelName, measured: Measurement, flags: { isBusy: boolean; allowBusy: boolean }): readonly Row[] {
  const { n, median: value, min, max } = summarize(measured.samples);
  const isBusy = flags.isBusy && measured.unit !== 'MB'; // memory does not depend on who else computes
  const roof = measured.roof ?? null;
  const { peers = [] } = measured;
  // A row of its own for what is not set against anything that ran here.
  const contestants: readonly (PeerSamples | undefined)[] = peers.some((peer) => !peer.isQuoted) ? peers : [undefined, ...peers];
  return contestants.map((contestant): Row => {
    const peerValue = contestant ? summarize(contestant.samples).median : null;
    const ratio = peerValue === null ? null : ratioOf(measured.unit, value, peerValue);
    const goal = contestant?.isQuoted ? undefined : findGoal({ model, ...measured, peer: contestant?.peer });
    const met =
      goal && !isBusy ? goal.isMet({ value, ratio, roofShare: roof === null ? null : ratioOf(measured.unit, value, roof) }) : null;
    return {
      work: measured.work,
      model,
      precision: measured.precision,
      value,
      unit: measured.unit,
      peer: contestant?.peer ?? null,
      peerValue,
      ratio: isBusy && !flags.allowBusy ? null : ratio,
      n,
      spread: [min, max],
      roof,
      goal: goal?.text ?? null,
      met,
    };
  });
}
