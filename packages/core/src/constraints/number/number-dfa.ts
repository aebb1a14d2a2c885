import { Dfa, type DfaState, type Transition } from '../regex/dfa.ts';
import { type Decimal, decimalOf, isZero, scaledFactor } from './decimal.ts';
import {
  type Bound,
  type BoundState,
  boundOf,
  type Factor,
  isComplete,
  largestFactor,
  type NumberLimits,
  type NumberMachine,
  type NumberSpelling,
  read,
  type SignedBounds,
  type State,
  startState,
} from './number-states.ts';

const maxStates = 20_000;

/**
 * The texts of numbers within limits, as an automaton over their characters: exact, since it compares digits and never computes.
 * Undefined when it would take more than 20,000 states.
 */
export function numberDfa(limits: NumberLimits, spelling: NumberSpelling): Dfa | undefined {
  const signed = boundBySign(limits);
  const factors = limits.multiplesOf.map((value) => scaledFactor(value, largestFactor) as Factor); // the caller has checked them
  const machine: NumberMachine = { signed, factors, limits, spelling, isUnlimited: isUnlimited(limits) };
  const states: State[] = [startState];
  const ids = new Map<string, number>([[keyOf(startState), 0]]);
  const result: DfaState[] = [];
  for (let index = 0; index < states.length; index += 1) {
    const state = states[index] as State;
    const transitions: Transition[] = [];
    for (const { low, high } of listRuns(machine, state)) {
      const next = read(machine, state, low);
      if (next === undefined) continue;
      const key = keyOf(next);
      let target = ids.get(key);
      if (target === undefined) {
        target = states.length;
        ids.set(key, target);
        states.push(next);
      }
      transitions.push({ low: low.charCodeAt(0), high: high.charCodeAt(0), target });
    }
    if (states.length > maxStates) return undefined;
    result.push({ isAccepting: isComplete(machine, state), transitions });
  }
  return new Dfa(result);
}

/** Characters from low to high that all lead to one state. */
interface Run {
  readonly low: string;
  readonly high: string;
}

const runOf = (character: string): Run => ({ low: character, high: character });
const before = [...'+-.'].map(runOf);
const after = [...'Ee'].map(runOf);
const eachDigit = [...'0123456789'].map(runOf);

/** The characters of numbers in runs: digits are told apart where they stand against a bound's own, and 0 from the others; by a factor, each is. */
function listRuns(machine: NumberMachine, state: State): readonly Run[] {
  if (machine.factors.length > 0) return [...before, ...eachDigit, ...after];
  const starts = new Set([0, 1]);
  const isFraction = state.phase === 'point' || state.phase === 'fraction';
  const places =
    state.phase === 'start' ? (machine.signed.positive ?? []).map((): BoundState => ({ comparison: 0, read: 0 })) : state.bounds;
  for (const [index, { comparison, read: count }] of places.entries()) {
    const { whole, fraction } = boundOf(machine, state, index).magnitude;
    const digits = isFraction ? fraction : whole;
    if (comparison !== 0 || count >= digits.length) continue;
    const digit = digits.charCodeAt(count) - 48;
    starts.add(digit).add(digit + 1);
  }
  starts.delete(10);
  const lows = [...starts].sort((a, b) => a - b);
  const digits = lows.map((low, index): Run => ({ low: String(low), high: String((lows[index + 1] ?? 10) - 1) }));
  return [...before, ...digits, ...after];
}

function keyOf({ phase, isNegative, wholeDigits, fractionDigits, isNonZero, bounds, remainders }: State): string {
  const places = bounds.map(({ comparison, read: count }) => `${comparison}:${count}`);
  return `${phase}${isNegative ? '-' : ''}${isNonZero ? '!' : ''}${wholeDigits}.${fractionDigits}[${places.join()}]${remainders.join()}`;
}

function isUnlimited({ minimum, exclusiveMinimum, maximum, exclusiveMaximum, isInteger, multiplesOf }: NumberLimits): boolean {
  const bounds = [minimum, exclusiveMinimum, maximum, exclusiveMaximum];
  return bounds.every((bound) => bound === undefined) && !isInteger && multiplesOf.length === 0;
}

function boundBySign({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: NumberLimits): SignedBounds {
  const lows = [...toBounds(minimum, false), ...toBounds(exclusiveMinimum, true)];
  const highs = [...toBounds(maximum, false), ...toBounds(exclusiveMaximum, true)];
  return { positive: boundsFor(lows, highs, false), negative: boundsFor(highs, lows, true) };
}

type SignedBound = { readonly value: Decimal; readonly isExclusive: boolean };

function toBounds(value: number | undefined, isExclusive: boolean): SignedBound[] {
  return value === undefined ? [] : [{ value: decimalOf(value), isExclusive }];
}

/** `inner` limits towards zero, `outer` away from it. */
function boundsFor(inner: readonly SignedBound[], outer: readonly SignedBound[], isNegative: boolean): readonly Bound[] | undefined {
  const bounds: Bound[] = [];
  for (const { value, isExclusive } of inner) {
    // A bound on the other side of zero, or at zero and inclusive, limits nothing here.
    if (value.isNegative === isNegative || (isZero(value) && isExclusive)) bounds.push({ magnitude: value, side: 'above', isExclusive });
  }
  for (const { value, isExclusive } of outer) {
    if (value.isNegative !== isNegative && !isZero(value)) return undefined;
    bounds.push({ magnitude: value, side: 'below', isExclusive });
  }
  return bounds;
}
