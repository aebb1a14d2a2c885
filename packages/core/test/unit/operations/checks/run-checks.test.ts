import { presets, VisionError } from '@h2ovl/contract';
import { describe, expect, test } from 'vitest';
import { structuredPrompt } from '../../../../src/json/structured-prompt.ts';
import { checkChecks } from '../../../../src/operations/checks/read-checks.ts';
import { runChecks } from '../../../../src/operations/checks/run-checks.ts';

const number = { type: ['number', 'null'] };
const text = { type: ['string', 'null'] };

function invoice(checks: unknown): Record<string, unknown> {
  const items = { type: 'array', items: { type: 'object', properties: { amount: number, quantity: number } } };
  return {
    type: 'object',
    properties: { items, net: text, tax: text, total: text, rate: number, issued: text, due: text },
    'x-check': checks,
  };
}

const outcomeOf = (checks: unknown, object: object): string | undefined => {
  const schema = invoice([checks]);
  checkChecks(schema);
  return runChecks(object, schema)[0]?.outcome;
};

describe('sums', () => {
  const sum = { check: 'sum', of: ['items[].amount'], equals: 'total' };

  test('adds decimals without rounding', () => {
    const items = Array.from({ length: 10 }, () => ({ amount: 0.1 }));
    expect(outcomeOf(sum, { items, total: 1 })).toBe('passed');
    expect(outcomeOf(sum, { items, total: 1.01 })).toBe('failed');
    expect(outcomeOf({ ...sum, tolerance: 0.01 }, { items, total: 1.01 })).toBe('passed');
  });

  test.each(['1.234,50', '1,234.50', '1 234,50', '€1,234.50', '1234.5'])('reads %s as it is printed', (total) => {
    expect(outcomeOf(sum, { items: [{ amount: 1000 }, { amount: 234.5 }], total })).toBe('passed');
    expect(outcomeOf(sum, { items: [{ amount: 1000 }, { amount: 234.51 }], total })).toBe('failed');
  });

  test('reads a lone group of three digits in the way in which all fits', () => {
    expect(outcomeOf(sum, { items: [{ amount: '1.234' }, { amount: '2.000' }], total: '3.234' })).toBe('passed');
    expect(outcomeOf(sum, { items: [{ amount: '1.234' }], total: 1234 })).toBe('passed');
    expect(outcomeOf(sum, { items: [{ amount: '1.234' }], total: 1.234 })).toBe('passed');
  });

  test('counts what is paid back, in minus signs and brackets', () => {
    expect(outcomeOf(sum, { items: [{ amount: '10.00' }, { amount: '-2.50' }], total: '7.50' })).toBe('passed');
    expect(outcomeOf(sum, { items: [{ amount: '10.00' }, { amount: '(2.50)' }], total: '7.50' })).toBe('passed');
    expect(outcomeOf(sum, { items: [{ amount: '10.00' }, { amount: '-2.50' }], total: '12.50' })).toBe('failed');
  });

  test('takes a tax that may be within the prices, and prices that may be those of one', () => {
    const items = [
      { amount: 10, quantity: 3 },
      { amount: 5, quantity: null },
    ];
    expect(outcomeOf({ ...sum, optional: ['tax'] }, { items, tax: '1.50', total: 16.5 })).toBe('passed');
    expect(outcomeOf({ ...sum, optional: ['tax'] }, { items, tax: null, total: 15 })).toBe('passed');
    expect(outcomeOf({ ...sum, times: 'items[].quantity' }, { items, total: 35 })).toBe('passed');
    expect(outcomeOf({ ...sum, times: 'items[].quantity' }, { items, total: 34 })).toBe('failed');
  });

  test.each([
    { items: [], total: 5 },
    { items: [{ amount: 5 }], total: null },
    { items: [{ amount: null }], total: 5 },
    { items: [{ amount: 'five' }], total: 5 },
  ])('does not judge %j', (object) => {
    expect(outcomeOf(sum, object)).toBe('not-judged');
  });
});

describe('taxes', () => {
  const tax = { check: 'tax', net: 'net', tax: 'tax', gross: 'total' };

  test.each([
    [{ net: '100,00', tax: '19,00', total: '119,00' }, 'passed'],
    [{ net: '100,00', tax: '19,00', total: '119,01' }, 'failed'],
    [{ net: null, tax: '19,00', total: '119,00' }, 'not-judged'],
  ])('%j: %s', (object, outcome) => {
    expect(outcomeOf(tax, object)).toBe(outcome);
  });

  test.each([
    [{ net: '33.33', tax: '6.33', total: '39.66' }, 19, 'passed'],
    [{ net: '33.33', tax: '6.50', total: '39.83' }, 19, 'failed'],
    [{ net: '33.33', tax: '2.33', total: '35.66', rate: 7 }, 'rate', 'passed'],
  ])('%j at %s: %s', (object, rate, outcome) => {
    expect(outcomeOf({ ...tax, rate }, object)).toBe(outcome);
  });
});

describe('order of dates', () => {
  const order = { check: 'order', of: ['issued', 'due'] };

  test.each([
    ['2024-03-05', '2024-04-04', 'passed'],
    ['05.03.2024', '4 April 2024', 'passed'],
    ['March 5, 2024', '04.03.2024', 'passed'], // the third of April, or the fourth of March: it may fit
    ['31.12.2024', '01.12.2024', 'failed'],
    ['5 mars 2024', '5. März 2024', 'passed'],
    ['2024-03-05', 'soon', 'not-judged'],
    ['2024-02-30', '2024-03-05', 'not-judged'],
  ])('%s, %s: %s', (issued, due, outcome) => {
    expect(outcomeOf(order, { issued, due })).toBe(outcome);
  });
});

describe('codes', () => {
  test('stand on a value, in entries of lists too', () => {
    const schema = {
      type: 'object',
      properties: {
        accounts: { type: 'array', items: { type: 'object', properties: { iban: { type: ['string', 'null'], 'x-check': 'iban' } } } },
      },
    };
    checkChecks(schema);
    const accounts = [{ iban: 'DE89 3704 0044 0532 0130 00' }, { iban: 'DE89 3704 0044 0532 0130 01' }, { iban: null }];
    expect(runChecks({ accounts }, schema)).toMatchObject([
      { paths: ['accounts[0].iban'], check: 'iban', outcome: 'passed' },
      { paths: ['accounts[1].iban'], check: 'iban', outcome: 'failed' },
      { paths: ['accounts[2].iban'], check: 'iban', outcome: 'not-judged' },
    ]);
  });
});

describe('a schema with checks', () => {
  test.each([
    ['iben', /no check "iben"/, /Did you mean iban\?/],
    [{ check: 'som', of: ['net'], equals: 'total' }, /no check "som"/, /Did you mean sum\?.*sum, tax, order/],
    [[3], /no check/, /iban, vat-id, isbn, ean, luhn/],
    [{ check: 'sum', of: [], equals: 'total' }, /has \[\] as of/, /Write it as/],
    [{ check: 'sum', of: ['net'], equals: 'total', exact: true }, /no member "exact"/, /tolerance/],
    [{ check: 'order', of: ['due'] }, /as of/, /two dates/],
    [{ check: 'sum', of: ['items[].price'], equals: 'total' }, /"items\[\]\.price", which the schema does not have/, /begin at the object/],
    ['sum', /stands there as string/, /of an object/],
  ])('is refused for %j, with what there is', (check, message, hint) => {
    const schema = invoice(check);
    const error = (() => {
      try {
        checkChecks(schema);
      } catch (thrown) {
        return thrown as VisionError;
      }
    })();
    expect(error).toBeInstanceOf(VisionError);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', param: 'schema' });
    expect(error?.message).toMatch(message);
    expect(error?.hint).toMatch(hint);
  });

  test('is not told to the model', () => {
    const checks = [{ check: 'sum', of: ['items[].amount'], equals: 'total' }];
    const { 'x-check': _, ...plain } = invoice(checks);
    expect(structuredPrompt({ question: '', schema: invoice(checks) })).toEqual(structuredPrompt({ question: '', schema: plain }));
  });

  test('may have a field of that name', () => {
    expect(() => checkChecks({ type: 'object', properties: { 'x-check': { type: 'string' } } })).not.toThrow();
  });

  test.each(Object.entries(presets))('the preset %s has none that is wrong', (_, schema) => {
    expect(() => checkChecks(schema)).not.toThrow();
  });
});
