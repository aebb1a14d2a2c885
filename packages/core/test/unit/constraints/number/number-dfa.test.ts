import { expect, test } from 'vitest';
import { writePlain } from '../../../../src/constraints/number/decimal.ts';
import { numberDfa } from '../../../../src/constraints/number/number-dfa.ts';
import type { NumberLimits, NumberSpelling } from '../../../../src/constraints/number/number-states.ts';
import type { Dfa } from '../../../../src/constraints/regex/dfa.ts';
import { seeded } from '../../../helpers/constraint-walks.ts';

const spelling: NumberSpelling = { maxWholeDigits: 15, maxFractionDigits: 10, allowsRedundantZeros: false, allowsExponent: false };
const anyNumber: NumberLimits = { isInteger: false, multiplesOf: [] };

const dfaOf = (limits: Partial<NumberLimits>): Dfa => numberDfa({ ...anyNumber, ...limits }, spelling) as Dfa;

test('takes exactly the numbers within its limits', () => {
  const random = seeded(7);
  const draw = (): number => Math.round((random() - 0.5) * 10 ** Math.floor(random() * 4) * 100) / 100;
  for (let round = 0; round < 400; round += 1) {
    const [low, high] = [draw(), draw()].sort((a, b) => a - b) as [number, number];
    const isExclusive = round % 2 === 1;
    const isInteger = round % 5 === 0;
    const limits = isExclusive ? { exclusiveMinimum: low, exclusiveMaximum: high } : { minimum: low, maximum: high };
    const dfa = dfaOf({ ...limits, isInteger });
    for (const value of [
      low,
      high,
      Math.round((low + high) * 500) / 1000,
      ...Array.from({ length: 20 }, draw),
      Math.ceil(low),
      Math.floor(high),
    ]) {
      const isWithin = isExclusive ? value > low && value < high : value >= low && value <= high;
      const fits = isWithin && (!isInteger || Number.isInteger(value));
      expect(dfa.matches(writePlain(value)), `${value} in ${JSON.stringify(limits)}, ${isInteger}`).toBe(fits);
    }
  }
});

test('digits that a limit does not tell apart are worked on once: a state has a few transitions, not one a digit', () => {
  for (const limits of [{ minimum: 5 }, { minimum: -12.5, maximum: 99.99 }, {}, { isInteger: true, minimum: 0, maximum: 9999 }]) {
    const dfa = dfaOf(limits);
    expect(dfa.transitionCount / dfa.size, JSON.stringify(limits)).toBeLessThan(4);
  }
});
