import { expect, test } from 'vitest';
import { findTruncated } from '../../../src/constraints/find-truncated.ts';
import type { DecodingBounds } from '../../../src/constraints/limits.ts';
import { Machine } from '../../../src/constraints/machine/machine.ts';
import { accepts, compileFor, decodingProfile, indented, oneLine, writeJson } from '../../helpers/constraint-walks.ts';

const profile = decodingProfile();
const bounds = (profile as { readonly bounds: DecodingBounds }).bounds;

async function find(schema: Record<string, unknown>, value: unknown): Promise<unknown> {
  return findTruncated(new Machine(await compileFor(schema, profile)), writeJson(value), bounds);
}

const text = { type: 'string' };
const schema = {
  type: 'object',
  properties: {
    'a "b"': text,
    code: { type: 'string', maxLength: 40 },
    n: { type: 'number' },
    rows: { type: 'array', items: { type: 'array', items: text } },
  },
};

test('names texts, lists and numbers that reached a bound of ours, and none that reached the schema’s own', async () => {
  const long = 'x'.repeat(bounds.maxStringLength);
  const value = {
    'a "b"': long,
    code: 'y'.repeat(40),
    n: 123456789012345,
    rows: [['ok', long], Array.from({ length: bounds.maxItems }, () => 'z')],
  };
  expect(await find(schema, value)).toEqual([['a "b"'], ['n'], ['rows', 0, 1], ['rows', 1]]);
});

const full = <T>(entry: T): T[] => Array.from({ length: bounds.maxItems }, () => entry);
const list = (items: unknown): Record<string, unknown> => ({ type: 'array', items });

test.each<[string, Record<string, unknown>, unknown, unknown]>([
  ['numbers', list({ type: 'number' }), full(7), [[]]],
  ['words', list({ type: ['boolean', 'null'] }), full(null), [[]]],
  ['objects', list({ type: 'object', properties: { n: { type: 'integer' } } }), full({ n: 1 }), [[]]],
  ['anything', {}, full(1), [[]]],
  ['entries behind a tuple', { prefixItems: [text, text], items: { type: 'number' } }, ['a', 'b', ...full(1).slice(2)], [[]]],
  ['one branch of several', { anyOf: [text, list({ type: 'number' })] }, full(2), [[]]],
  ['lists, the last of them full too', list(list({ type: 'integer' })), [...full([0]).slice(1), full(1)], [[bounds.maxItems - 1], []]],
  ['none too many', list({ type: 'number' }), full(7).slice(1), []],
  ['as many as the schema itself says', { ...list({ type: 'number' }), maxItems: bounds.maxItems }, full(7), []],
])('a list that reached our bound is named: %s', async (_, ofList, value, paths) => {
  for (const layout of [oneLine, indented]) {
    const machine = new Machine(await compileFor(ofList, decodingProfile(layout)));
    expect(accepts(machine, writeJson(value, layout))).toBe(true);
    expect(findTruncated(machine, writeJson(value, layout), bounds)).toEqual(paths);
  }
});

test('an object of any names, and brackets that may go no deeper, are named too', async () => {
  const names = Array.from({ length: bounds.maxFreeMembers }, (_, index) => `n${index}`);
  const ofNames = { type: 'object', properties: { known: text }, additionalProperties: { type: 'number' } };
  const object = Object.fromEntries(names.map((name) => [name, 1]));
  expect(await find(ofNames, { known: 'x', ...object })).toEqual([[]]);
  expect(await find(ofNames, { known: 'x', ...Object.fromEntries(names.slice(1).map((name) => [name, 1])) })).toEqual([]);
  const tree = { $ref: '#/$defs/tree', $defs: { tree: list({ $ref: '#/$defs/tree' }) } };
  const nested = (levels: number): unknown => (levels === 1 ? [] : [nested(levels - 1)]);
  expect(await find(tree, nested(bounds.maxDepth))).toEqual([Array.from({ length: bounds.maxDepth - 1 }, () => 0)]);
  expect(await find(tree, nested(bounds.maxDepth - 1))).toEqual([]);
});

test('a number by itself that has all digits is named', async () => {
  expect(await find({ type: 'integer' }, 123456789012345)).toEqual([[]]);
});

test('finds nothing in an answer within its bounds', async () => {
  expect(await find(schema, { 'a "b"': 'x', code: '', n: -1.5, rows: [[], ['x']] })).toEqual([]);
});
