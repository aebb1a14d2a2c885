import type { OrderCheck, SumCheck, TaxCheck, ValueCheck, ValueCondition } from '@h2ovl/contract';
import { readDate } from './printed-date.ts';
import { add, type Exact, isWithin, multiply, type NumberReading, readings, readNumber, writeExact, zero } from './printed-number.ts';
import { stepsOf } from './read-checks.ts';

/** A value that a path leads to. */
interface FoundValue {
  readonly path: string;
  readonly value: unknown;
}

type Outcome = Pick<ValueCheck, 'outcome' | 'message'>;

/** Judges a condition between values of an object, whose own path is `base`. */
export function checkCondition(condition: ValueCondition, object: unknown, base: string): ValueCheck {
  const find = (path: string): readonly FoundValue[] => valuesAt(object, path, base);
  const judge = { sum: judgeSum, tax: judgeTax, order: judgeOrder }[condition.check] as (
    condition: ValueCondition,
    find: Find,
  ) => { readonly values: readonly FoundValue[] } & Outcome;
  const { values, outcome, message } = judge(condition, find);
  return { paths: values.map(({ path }) => path), check: condition.check, outcome, message };
}

type Find = (path: string) => readonly FoundValue[];
type Judged = { readonly values: readonly FoundValue[] } & Outcome;

/** Numbers are read in each of the ways in which they may be meant; one that fits is enough. */
function judgeNumbers(values: readonly FoundValue[], judge: (reading: NumberReading) => Outcome): Judged {
  const missing = values.find(({ value }) => value === null || value === undefined);
  if (values.length === 0) return { values, outcome: 'not-judged', message: 'There are no entries.' };
  if (missing !== undefined) return { values, outcome: 'not-judged', message: `There is no value for ${missing.path}.` };
  const odd = values.find(({ value }) => readNumber(value, 'grouped') === undefined);
  if (odd !== undefined) return { values, outcome: 'not-judged', message: `${odd.path} is no number that can be read.` };
  const outcomes = readings.map(judge);
  const best = outcomes.find(({ outcome }) => outcome === 'passed') ?? (outcomes[0] as Outcome);
  return { values, ...best };
}

function judgeSum({ of, equals, optional = [], times, tolerance = 0 }: SumCheck, find: Find): Judged {
  const terms = of.flatMap((path) => [...find(path)]);
  const goal = find(equals);
  if (of.some((path) => find(path).length === 0)) return { values: goal, outcome: 'not-judged', message: 'There are no entries.' };
  const factors = times === undefined ? [] : find(times);
  const extra = optional.flatMap((path) => [...find(path)]).filter(({ value }) => readNumber(value, 'grouped') !== undefined);
  return judgeNumbers([...terms, ...goal], (reading) => {
    const wanted = number(goal[0] as FoundValue, reading);
    const most = readNumber(tolerance, reading) as Exact;
    const own = sum(terms, reading);
    const sums = [own, ...(factors.length === terms.length ? [sumOfProducts(terms, factors, reading)] : [])];
    // Each of the optional ones may belong to the sum: all together, since more than a few are never named.
    const all = sums.flatMap((base) => [base, ...extra.map((term) => add(base, number(term, reading))), add(base, sum(extra, reading))]);
    const fits = all.some((total) => isWithin(total, wanted, most));
    const said = `${of.join(' + ')} is ${writeExact(own)}, ${equals} is ${writeExact(wanted)}.`;
    return { outcome: fits ? 'passed' : 'failed', message: said };
  });
}

function judgeTax({ net, tax, gross, rate, tolerance = 0.01 }: TaxCheck, find: Find): Judged {
  const values = [net, tax, gross].flatMap((path) => [...find(path)]);
  const percent = typeof rate === 'string' ? find(rate)[0]?.value : rate;
  return judgeNumbers(values, (reading) => {
    const [a, b, c] = values.map((value) => number(value, reading)) as [Exact, Exact, Exact];
    const said = `${net} ${writeExact(a)} and ${tax} ${writeExact(b)} make ${writeExact(add(a, b))}, ${gross} is ${writeExact(c)}`;
    if (!isWithin(add(a, b), c, zero)) return { outcome: 'failed', message: `${said}.` };
    const share = typeof percent === 'string' ? readNumber(percent.replace(/%$/, ''), 'fraction') : readNumber(percent, 'fraction');
    if (share === undefined) return { outcome: 'passed', message: `${said}.` };
    const due = multiply(multiply(a, share), { units: 1n, places: 2 });
    const fits = isWithin(due, b, readNumber(tolerance, reading) as Exact);
    return { outcome: fits ? 'passed' : 'failed', message: `${said}; ${writeExact(share)} % of ${net} are ${writeExact(due)}.` };
  });
}

function judgeOrder({ of }: OrderCheck, find: Find): Judged {
  const values = of.flatMap((path) => [...find(path)]);
  const dates = values.map(({ value }) => (typeof value === 'string' ? readDate(value) : []));
  const unread = dates.findIndex((days) => days.length === 0);
  if (values.length === 0) return { values, outcome: 'not-judged', message: 'There are no entries.' };
  if (unread !== -1) return { values, outcome: 'not-judged', message: `${values[unread]?.path} is no date that can be read.` };
  let latest = 0;
  for (const [index, days] of dates.entries()) {
    // The earliest day that a date may mean and that is not before the one ahead of it.
    const fitting = days.filter((day) => day >= latest).sort((a, b) => a - b)[0];
    if (fitting === undefined) {
      const message = `${values[index]?.path} (${String(values[index]?.value)}) is before ${values[index - 1]?.path} (${String(values[index - 1]?.value)}).`;
      return { values, outcome: 'failed', message };
    }
    latest = fitting;
  }
  return { values, outcome: 'passed', message: `${values.map(({ value }) => String(value)).join(', ')} follow each other.` };
}

/** A value that was seen to be a number. */
function number({ value }: FoundValue, reading: NumberReading): Exact {
  return readNumber(value, reading) ?? zero;
}

function sum(terms: readonly FoundValue[], reading: NumberReading): Exact {
  return terms.reduce((total, term) => add(total, number(term, reading)), zero);
}

/** A quantity that is not printed is one. */
function sumOfProducts(terms: readonly FoundValue[], factors: readonly FoundValue[], reading: NumberReading): Exact {
  const one: Exact = { units: 1n, places: 0 };
  return terms.reduce((total, term, index) => {
    const factor = readNumber(factors[index]?.value, 'fraction') ?? one;
    return add(total, multiply(number(term, reading), factor));
  }, zero);
}

function valuesAt(object: unknown, path: string, base: string): readonly FoundValue[] {
  let found: readonly FoundValue[] = [{ path: base, value: object }];
  for (const step of stepsOf(path)) {
    found = found.flatMap(({ path: at, value }): readonly FoundValue[] => {
      if (step === 0) return Array.isArray(value) ? value.map((entry: unknown, index) => ({ path: `${at}[${index}]`, value: entry })) : [];
      const member = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[step] : undefined;
      return [{ path: at === '' ? step : `${at}.${step}`, value: member ?? null }];
    });
  }
  return found;
}
