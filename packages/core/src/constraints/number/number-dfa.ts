import { Dfa, type DfaState, type Transition } from '../regex/dfa.ts';
import { type Decimal, decimalOf, isZero, type Magnitude, scaledFactor } from './decimal.ts';

/** Which numbers are meant. Bounds are inclusive unless `exclusive...` says otherwise. */
export interface NumberLimits {
  readonly minimum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly exclusiveMaximum?: number | undefined;
  readonly isInteger: boolean;
  readonly multiplesOf: readonly number[];
}

/** How numbers are spelled. */
export interface NumberSpelling {
  /** Most digits before the point. */
  readonly maxWholeDigits: number;
  /** Most digits after the point. */
  readonly maxFractionDigits: number;
  /** Whether `1.0` may stand for a whole number, and `-0` for zero. */
  readonly allowsRedundantZeros: boolean;
  /** Whether `1e3` is allowed, where nothing limits the value. */
  readonly allowsExponent: boolean;
}

/** The largest whole number that a factor of `multipleOf` may come to, its point left out. */
export const largestFactor = 2000;

type Comparison = -1 | 0 | 1;

/** How far the text stands from one bound. */
interface BoundState {
  readonly comparison: Comparison;
  /** Digits read of the part the text is in, no more than the bound has, and one. */
  readonly read: number;
}

interface State {
  readonly phase: 'start' | 'minus' | 'zero' | 'whole' | 'point' | 'fraction' | 'e' | 'sign' | 'exponent';
  readonly isNegative: boolean;
  readonly wholeDigits: number;
  readonly fractionDigits: number;
  /** Of negative numbers alone: -0 may be excluded. */
  readonly isNonZero: boolean;
  readonly bounds: readonly BoundState[];
  readonly remainders: readonly number[];
}

interface Bound {
  readonly magnitude: Magnitude;
  /** Whether the text must be above or below, in magnitude. */
  readonly side: 'above' | 'below';
  readonly isExclusive: boolean;
}

/** For each sign the bounds on the magnitude; undefined where no number with this sign is meant. */
interface SignedBounds {
  readonly positive: readonly Bound[] | undefined;
  readonly negative: readonly Bound[] | undefined;
}

const maxStates = 20_000;

/**
 * The texts of numbers within limits, as an automaton over their characters: exact, since it compares digits and never computes.
 * Undefined when it would take more than 20,000 states.
 */
export function numberDfa(limits: NumberLimits, spelling: NumberSpelling): Dfa | undefined {
  const signed = boundBySign(limits);
  const factors = limits.multiplesOf.map((value) => scaledFactor(value, largestFactor) as Factor); // the caller has checked them
  const machine: Machine = { signed, factors, limits, spelling, isUnlimited: isUnlimited(limits) };
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
function listRuns(machine: Machine, state: State): readonly Run[] {
  if (machine.factors.length > 0) return [...before, ...eachDigit, ...after];
  const starts = new Set([0, 1]);
  const isFraction = state.phase === 'point' || state.phase === 'fraction';
  const places = state.phase === 'start' ? (machine.signed.positive ?? []).map((): BoundState => ({ comparison: 0, read: 0 })) : state.bounds;
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

interface Machine {
  readonly signed: SignedBounds;
  readonly factors: readonly Factor[];
  readonly limits: NumberLimits;
  readonly spelling: NumberSpelling;
  readonly isUnlimited: boolean;
}

type Factor = NonNullable<ReturnType<typeof scaledFactor>>;

const startState: State = {
  phase: 'start',
  isNegative: false,
  wholeDigits: 0,
  fractionDigits: 0,
  isNonZero: false,
  bounds: [],
  remainders: [],
};

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

function read(machine: Machine, state: State, character: string): State | undefined {
  const { phase } = state;
  if (character === '-' && phase === 'start') {
    const bounds = machine.signed.negative;
    return bounds === undefined ? undefined : begin(machine, bounds, true);
  }
  if (character === 'e' || character === 'E') {
    const mayFollow = phase === 'zero' || phase === 'whole' || phase === 'fraction';
    return machine.spelling.allowsExponent && machine.isUnlimited && mayFollow ? { ...state, phase: 'e' } : undefined;
  }
  if (character === '+' || character === '-') return phase === 'e' ? { ...state, phase: 'sign' } : undefined;
  if (character === '.') {
    if (phase !== 'zero' && phase !== 'whole') return undefined;
    if (machine.spelling.maxFractionDigits === 0 || (machine.limits.isInteger && !machine.spelling.allowsRedundantZeros)) return undefined;
    // How many digits stood before the point matters no more: fewer states.
    return { ...state, phase: 'point', wholeDigits: 0, bounds: state.bounds.map((bound, i) => closeWhole(machine, state, bound, i)) };
  }
  const digit = character.charCodeAt(0) - 48;
  switch (phase) {
    case 'start': {
      const bounds = machine.signed.positive;
      return bounds === undefined ? undefined : readWhole(machine, begin(machine, bounds, false), digit);
    }
    case 'minus':
    case 'whole':
      return readWhole(machine, state, digit);
    case 'zero':
      return undefined;
    case 'point':
    case 'fraction':
      return readFraction(machine, state, digit);
    case 'e':
    case 'sign':
    case 'exponent':
      return { ...state, phase: 'exponent' };
    default:
      return phase satisfies never;
  }
}

function begin({ factors }: Machine, bounds: readonly Bound[], isNegative: boolean): State {
  return {
    ...startState,
    phase: 'minus',
    isNegative,
    bounds: bounds.map(() => ({ comparison: 0, read: 0 })),
    remainders: factors.map(() => 0),
  };
}

const boundOf = ({ signed }: Machine, { isNegative }: State, index: number): Bound =>
  ((isNegative ? signed.negative : signed.positive) as readonly Bound[])[index] as Bound; // states are made from these

/** Digit by digit against the bound's digits at the same places; the first difference counts. */
function compareDigit(state: BoundState, digit: number, digits: string): Comparison {
  if (state.comparison !== 0 || state.read >= digits.length) return state.comparison;
  return Math.sign(digit - (digits.charCodeAt(state.read) - 48)) as Comparison;
}

function readWhole(machine: Machine, state: State, digit: number): State | undefined {
  if (state.wholeDigits >= machine.spelling.maxWholeDigits) return undefined;
  const isBounded = machine.spelling.maxWholeDigits !== Number.POSITIVE_INFINITY;
  return {
    ...state,
    phase: state.phase === 'minus' && digit === 0 ? 'zero' : 'whole',
    wholeDigits: isBounded ? state.wholeDigits + 1 : 0,
    isNonZero: state.isNegative && (state.isNonZero || digit !== 0),
    bounds: state.bounds.map((bound, i) => {
      const { whole } = boundOf(machine, state, i).magnitude;
      return { comparison: compareDigit(bound, digit, whole), read: Math.min(bound.read + 1, whole.length + 1) };
    }),
    remainders: state.remainders.map((remainder, i) => (remainder * 10 + digit) % (machine.factors[i] as Factor).factor),
  };
}

/** The whole part has ended: a number with more digits is larger. From here on `read` counts the digits of the fraction. */
function closeWhole(machine: Machine, state: State, { comparison, read: count }: BoundState, index: number): BoundState {
  const { whole } = boundOf(machine, state, index).magnitude;
  return { comparison: count < whole.length ? -1 : count > whole.length ? 1 : comparison, read: 0 };
}

function readFraction(machine: Machine, state: State, digit: number): State | undefined {
  const { spelling, factors, limits } = machine;
  if (state.fractionDigits >= spelling.maxFractionDigits) return undefined;
  if (limits.isInteger && digit !== 0) return undefined;
  const places = factors.map((factor) => factor.places);
  const isBeyond = (index: number): boolean => state.fractionDigits >= (places[index] as number);
  if (factors.some((_, index) => isBeyond(index) && (digit !== 0 || !spelling.allowsRedundantZeros))) return undefined;
  const counted = spelling.maxFractionDigits === Number.POSITIVE_INFINITY ? Math.max(0, ...places) : Number.POSITIVE_INFINITY;
  return {
    ...state,
    phase: 'fraction',
    fractionDigits: Math.min(state.fractionDigits + 1, counted),
    isNonZero: state.isNegative && (state.isNonZero || digit !== 0),
    bounds: state.bounds.map((bound, i) => {
      const { fraction } = boundOf(machine, state, i).magnitude;
      // Beyond the bound's digits stand zeros.
      const comparison = bound.comparison === 0 && bound.read >= fraction.length && digit !== 0 ? 1 : compareDigit(bound, digit, fraction);
      return { comparison, read: Math.min(bound.read + 1, fraction.length) };
    }),
    remainders: state.remainders.map((remainder, i) =>
      isBeyond(i) ? remainder : (remainder * 10 + digit) % (factors[i] as Factor).factor,
    ),
  };
}

function isComplete(machine: Machine, state: State): boolean {
  const { phase, isNegative, isNonZero } = state;
  if (phase !== 'zero' && phase !== 'whole' && phase !== 'fraction' && phase !== 'exponent') return false;
  if (isNegative && !isNonZero && !machine.spelling.allowsRedundantZeros) return false;
  const isWhole = phase === 'zero' || phase === 'whole';
  const fitsBounds = state.bounds.every((bound, index) => {
    const { magnitude, side, isExclusive } = boundOf(machine, state, index);
    const closed = isWhole ? closeWhole(machine, state, bound, index) : bound;
    // Digits of the bound that the text does not have are more than nothing: its fraction ends in no zero.
    const comparison = closed.comparison === 0 && closed.read < magnitude.fraction.length ? -1 : closed.comparison;
    return comparison === 0 ? !isExclusive : comparison > 0 === (side === 'above');
  });
  return (
    fitsBounds &&
    state.remainders.every((remainder, index) =>
      isMultiple(remainder, machine.factors[index] as Factor, isWhole ? 0 : state.fractionDigits),
    )
  );
}

/** The digits so far, with zeros up to the factor's last place, are a multiple of it. */
function isMultiple(remainder: number, { factor, places }: Factor, fractionDigits: number): boolean {
  let rest = remainder;
  for (let place = fractionDigits; place < places; place += 1) rest = (rest * 10) % factor;
  return rest === 0;
}
