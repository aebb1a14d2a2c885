import { expect, test } from 'vitest';
import { findTruncated } from '../../../src/constraints/find-truncated.ts';
import type { DecodingBounds } from '../../../src/constraints/limits.ts';
import { Machine } from '../../../src/constraints/machine/machine.ts';
import { compileFor, decodingProfile, writeJson } from '../../helpers/constraint-walks.ts';

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

test('finds nothing in an answer within its bounds', async () => {
  expect(await find(schema, { 'a "b"': 'x', code: '', n: -1.5, rows: [[], ['x']] })).toEqual([]);
});
