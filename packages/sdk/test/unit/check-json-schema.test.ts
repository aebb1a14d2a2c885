import { describe, expect, it } from 'vitest';
import { checkJsonSchema } from '../../src/check-json-schema.ts';

type Case = readonly [keyword: string, schema: Record<string, unknown>, good: readonly unknown[], bad: readonly unknown[]];

const cases: readonly Case[] = [
  ['type', { type: 'integer' }, [1, -2, 3.0], [1.5, '1', null, true]],
  ['type list', { type: ['string', 'null'] }, ['a', null], [1, [], {}]],
  ['type object and array', { type: 'object' }, [{}], [[], null]],
  ['enum', { enum: ['a', 1, null] }, ['a', 1, null], ['b', '1', 0]],
  ['const', { const: 'EUR' }, ['EUR'], ['eur', null]],
  ['required', { required: ['a'] }, [{ a: null }, 'no object'], [{}]],
  ['properties', { properties: { a: { type: 'string' } } }, [{}, { a: 'x' }, { b: 1 }], [{ a: 1 }]],
  ['additionalProperties false', { properties: { a: {} }, additionalProperties: false }, [{ a: 1 }], [{ b: 1 }]],
  ['additionalProperties schema', { additionalProperties: { type: 'number' } }, [{ a: 1 }], [{ a: 'x' }]],
  ['items', { items: { type: 'number' } }, [[], [1, 2]], [[1, 'x']]],
  ['prefixItems', { prefixItems: [{ type: 'string' }], items: false }, [[], ['a']], [[1], ['a', 2]]],
  ['items list of draft 7', { items: [{ type: 'string' }], additionalItems: { type: 'number' } }, [['a', 1]], [['a', 'b']]],
  ['minItems, maxItems', { minItems: 1, maxItems: 2 }, [[1], [1, 2]], [[], [1, 2, 3]]],
  ['minLength, maxLength', { minLength: 1, maxLength: 2 }, ['a', '🧾🧾'], ['', 'abc']],
  ['pattern', { pattern: '^\\d+$' }, ['12'], ['1a']],
  ['bounds', { minimum: 0, exclusiveMaximum: 10 }, [0, 9.9], [-1, 10]],
  ['exclusiveMinimum, maximum', { exclusiveMinimum: 0, maximum: 10 }, [10, 0.1], [0, 10.1]],
  ['anyOf', { anyOf: [{ type: 'string' }, { type: 'null' }] }, ['a', null], [1]],
  ['oneOf', { oneOf: [{ type: 'number' }, { type: 'integer' }] }, [1.5], [1, 'a']],
  ['allOf', { allOf: [{ type: 'number' }, { minimum: 1 }] }, [1], [0, 'a']],
  ['not', { not: { type: 'null' } }, [1], [null]],
  ['$ref', { $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'string' } } }, ['x'], [1]],
  ['recursion', { type: 'object', properties: { next: { $ref: '#' } } }, [{ next: { next: {} } }], [{ next: { next: 1 } }]],
  ['false', { properties: { a: false } }, [{}], [{ a: 1 }]],
];

describe('checkJsonSchema', () => {
  it.each(cases)('checks %s', (_, schema, good, bad) => {
    for (const value of good) expect(checkJsonSchema(schema, value), JSON.stringify(value)).toEqual([]);
    for (const value of bad) expect(checkJsonSchema(schema, value).length, JSON.stringify(value)).toBeGreaterThan(0);
  });

  it('says where and what, in words', () => {
    const schema = { properties: { items: { items: { required: ['price'], properties: { price: { type: 'number' } } } } } };
    expect(checkJsonSchema(schema, { items: [{ price: 1 }, { price: 'x' }, {}] })).toEqual([
      { path: ['items', 1, 'price'], message: 'is string; it must be number' },
      { path: ['items', 2, 'price'], message: 'is missing' },
    ]);
  });

  it('ends a reference that points at itself', () => {
    expect(checkJsonSchema({ $ref: '#' }, 1)).toEqual([{ path: [], message: 'nests more than 200 schemas' }]);
  });

  it('leaves keywords and patterns it does not know to the server', () => {
    expect(checkJsonSchema({ format: 'email', pattern: '(?<=a', $ref: 'https://elsewhere/schema' }, 'x')).toEqual([]);
  });
});
