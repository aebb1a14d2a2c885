import type { Magnitude, scaledFactor } from './decimal.ts';

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
export interface BoundState {
  readonly comparison: Comparison;
  /** Digits read of the part the text is in, no more than the bound has, and one. */
  readonly read: number;
}

export interface State {
  readonly phase: 'start' | 'minus' | 'zero' | 'whole' | 'point' | 'fraction' | 'e' | 'sign' | 'exponent';
  readonly isNegative: boolean;
  readonly wholeDigits: number;
  readonly fractionDigits: number;
  /** Of negative numbers alone: -0 may be excluded. */
  readonly isNonZero: boolean;
  readonly bounds: readonly BoundState[];
  readonly remainders: readonly number[];
}

export interface Bound {
  readonly magnitude: Magnitude;
  /** Whether the text must be above or below, in magnitude. */
  readonly side: 'above' | 'below';
  readonly isExclusive: boolean;
}

/** For each sign the bounds on the magnitude; undefined where no number with this sign is meant. */
export interface SignedBounds {
  readonly positive: readonly Bound[] | undefined;
  readonly negative: readonly Bound[] | undefined;
}

export interface NumberMachine {
  readonly signed: SignedBounds;
  readonly factors: readonly Factor[];
  readonly limits: NumberLimits;
  readonly spelling: NumberSpelling;
  readonly isUnlimited: boolean;
}

export type Factor = NonNullable<ReturnType<typeof scaledFactor>>;

export const startState: State = {
  phase: 'start',
  isNegative: false,
  wholeDigits: 0,
  fractionDigits: 0,
  isNonZero: false,
  bounds: [],
  remainders: [],
};

/** The state after a character; undefined where it does not fit. */
export function read(machine: NumberMachine, state: State, character: string): State | undefined {
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

function begin({ factors }: NumberMachine, bounds: readonly Bound[], isNegative: boolean): State {
  return {
    ...startState,
    phase: 'minus',
    isNegative,
    bounds: bounds.map(() => ({ comparison: 0, read: 0 })),
    remainders: factors.map(() => 0),
  };
}

export const boundOf = ({ signed }: NumberMachine, { isNegative }: State, index: number): Bound =>
  ((isNegative ? signed.negative : signed.positive) as readonly Bound[])[index] as Bound; // states are made from these

/** Digit by digit against the bound's digits at the same places; the first difference counts. */
function compareDigit(state: BoundState, digit: number, digits: string): Comparison {
  if (state.comparison !== 0 || state.read >= digits.length) return state.comparison;
  return Math.sign(digit - (digits.charCodeAt(state.read) - 48)) as Comparison;
}

function readWhole(machine: NumberMachine, state: State, digit: number): State | undefined {
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
function closeWhole(machine: NumberMachine, state: State, { comparison, read: count }: BoundState, index: number): BoundState {
  const { whole } = boundOf(machine, state, index).magnitude;
  return { comparison: count < whole.length ? -1 : count > whole.length ? 1 : comparison, read: 0 };
}

function readFraction(machine: NumberMachine, state: State, digit: number): State | undefined {
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

/** Whether a number may end here. */
export function isComplete(machine: NumberMachine, state: State): boolean {
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
