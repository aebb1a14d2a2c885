import { expect, test } from 'vitest';
import { checkValue } from '../../../nodes/H2ovl/schema/check-value.ts';

const schema = {
  type: 'object',
  properties: {
    kind: { enum: ['receipt', 'invoice'] },
    count: { type: 'integer' },
    lines: { type: 'array', items: { type: 'object', properties: { price: { type: ['number', 'null'] } }, required: ['price'] } },
  },
  required: ['kind'],
  additionalProperties: false,
};

test('a value that fits has no issues', () => {
  expect(checkValue({ kind: 'receipt', count: 2, lines: [{ price: null }, { price: 1.5 }] }, schema)).toEqual([]);
});

test('names the place and the rule of every breach', () => {
  expect(checkValue({ kind: 'letter', count: 1.5, lines: [{ price: '1' }, {}], constructor: 1 }, schema)).toEqual([
    'kind: is none of "receipt", "invoice"',
    'count: is number, not integer',
    'lines[0].price: is string, not number or null',
    'lines[1].price: is missing',
    'constructor: was not asked for',
  ]);
});

test('a missing field is named', () => {
  expect(checkValue({}, schema)).toEqual(['kind: is missing']);
});
