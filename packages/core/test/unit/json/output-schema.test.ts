import type { OutputSchema } from '@h2ovl/contract';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { type CheckedOutput, jsonSchema, toJsonSchema, validateOutput } from '../../../src/json/output-schema.ts';

const receipt = { type: 'object', properties: { shop: { type: 'string' }, total: { type: 'number' } }, required: ['shop', 'total'] };

function invalid(message: string): unknown {
  return expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message), hint: expect.any(String) });
}

async function issuesOf(schema: OutputSchema<unknown>, value: unknown): Promise<unknown> {
  const checked = await validateOutput(schema, value);
  return 'issues' in checked ? checked.issues : 'none';
}

test('gives the value back when it fits', async () => {
  expect(await validateOutput(jsonSchema(receipt), { shop: 'A', total: 1 })).toEqual({ value: { shop: 'A', total: 1 } });
});

test('names all that is wrong, with paths', async () => {
  const schema = jsonSchema({
    type: 'object',
    properties: {
      items: { type: 'array', items: { type: 'object', properties: { price: { type: 'number' } }, additionalProperties: false } },
      'a/b~c': { enum: ['x', 'y'] },
      '0': { type: 'string' },
    },
    required: ['total'],
  });
  expect(await issuesOf(schema, { items: [{}, { price: 'ten', vat: 1 }], 'a/b~c': 'z', '0': 0 })).toEqual(
    expect.arrayContaining([
      { path: ['total'], message: "must have required property 'total'" },
      { path: ['items', 1, 'price'], message: 'must be number' },
      { path: ['items', 1, 'vat'], message: 'must NOT have additional properties' },
      { path: ['a/b~c'], message: 'must be equal to one of the allowed values: "x", "y"' },
      { path: ['0'], message: 'must be string' },
    ]),
  );
});

test('checks formats, and keeps unknown keywords as annotations', async () => {
  const schema = jsonSchema({ type: 'object', 'x-origin': 1, properties: { day: { type: 'string', format: 'date', example: 'today' } } });
  expect(await issuesOf(schema, { day: '2024-02-30' })).toEqual([{ path: ['day'], message: 'must match format "date"' }]);
  expect(await issuesOf(schema, { day: '2024-02-29' })).toBe('none');
});

test.each([
  'https://json-schema.org/draft/2020-12/schema',
  'https://json-schema.org/draft/2019-09/schema',
  'http://json-schema.org/draft-07/schema#',
  'http://json-schema.org/draft-06/schema#',
])('reads %s', async ($schema) => {
  expect(await issuesOf(jsonSchema({ $schema, ...receipt }), { shop: 'A' })).toEqual([
    { path: ['total'], message: "must have required property 'total'" },
  ]);
});

test.each(['urn:x', 'urn:x#part', 'invoice schema', 'https://example.com/a.json'])('takes the name %s that a schema has', async ($id) => {
  const schema = jsonSchema({ $id, properties: { a: { $ref: '#/$defs/n' } }, $defs: { n: { type: 'number' } } });
  expect(await issuesOf(schema, { a: 1 })).toBe('none');
  expect(await issuesOf(schema, { a: 'x' })).toEqual([{ path: ['a'], message: 'must be number' }]);
});

test('follows a reference to its own name', async () => {
  const $id = 'https://example.com/a.json';
  const schema = jsonSchema({ $id, properties: { a: { $ref: `${$id}#/$defs/n` } }, $defs: { n: { type: 'number' } } });
  expect(await issuesOf(schema, { a: 'x' })).toEqual([{ path: ['a'], message: 'must be number' }]);
});

test('follows references inside itself, and never one that leads out', async () => {
  const tree = {
    $ref: '#/$defs/node',
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false } },
  };
  expect(await issuesOf(jsonSchema(tree), { next: { next: {} } })).toBe('none');
  await expect(validateOutput(jsonSchema({ $ref: 'http://127.0.0.1:9/schema.json' }), {})).rejects.toThrow(
    invalid("can't resolve reference http://127.0.0.1:9/schema.json"),
  );
});

test.each([
  [{ type: 'strng' }, 'schema is invalid: data/type'],
  [{ type: 'string', pattern: '(' }, 'Invalid regular expression'],
  [{ $schema: 'http://json-schema.org/draft-04/schema#' }, '$schema is "http://json-schema.org/draft-04/schema#"; known are'],
  [{ $schema: 'urn:z' }, '$schema is "urn:z"; known are'],
  [{ $id: 7 }, '$id is 7; it must be a string.'],
  [{ $async: true, type: 'object' }, '$async is true'],
])('refuses %o when it is used', async (schema, message) => {
  await expect(validateOutput(jsonSchema(schema), {})).rejects.toThrow(invalid(message));
});

test.each([
  [{ type: 'object', default: 1n }, 'contains 1, which is not JSON'],
  [{ type: 'object', default: Number.NaN }, 'contains NaN, which is not JSON'],
  [{ default: new Date(0) }, 'a Date with toJSON'],
  [null as never, 'The schema is null; it must be an object.'],
  [[] as never, 'The schema is an array;'],
  ['{}' as never, 'The schema is string;'],
])('refuses %o', (schema, message) => {
  expect(() => jsonSchema(schema)).toThrow(invalid(message));
});

function nested(levels: number): Record<string, unknown> {
  let schema: Record<string, unknown> = {};
  for (let level = 1; level < levels; level += 1) schema = { not: schema };
  return schema;
}

test('takes 64 levels and refuses one more, and a cycle', () => {
  expect(() => jsonSchema(nested(64))).not.toThrow();
  expect(() => jsonSchema(nested(65))).toThrow(invalid('deeper than 64 levels'));
  const cycle: Record<string, unknown> = {};
  cycle.not = cycle;
  expect(() => jsonSchema(cycle)).toThrow(invalid('deeper than 64 levels'));
});

test('refuses more than 256 kB, also when one small part is shared many times over', () => {
  expect(() => jsonSchema({ description: 'x'.repeat(256 * 1024) })).toThrow(invalid('larger than 256 kB'));
  let shared: Record<string, unknown> = { type: 'string' };
  for (let level = 0; level < 30; level += 1) shared = { anyOf: [shared, shared] };
  expect(() => jsonSchema(shared)).toThrow(invalid('larger than 256 kB'));
});

test('a later change of the caller’s object changes nothing', async () => {
  const mine = { type: 'object', properties: { total: { type: 'number' } } };
  const schema = jsonSchema(mine);
  mine.properties.total.type = 'string';
  expect(await issuesOf(schema, { total: 1 })).toBe('none');
});

test('a catastrophic pattern is ended, and blamed on the schema', async () => {
  const schema = jsonSchema({ type: 'string', pattern: '^(a+)+$' });
  await expect(validateOutput(schema, `${'a'.repeat(60)}!`)).rejects.toThrow(
    invalid('more than 1000 ms of processor time to check an answer'),
  );
});

test.each([
  ['a function', () => 1],
  ['a value deeper than the stack', Array.from({ length: 100_000 }).reduce<unknown>((value) => [value], 1)],
])('%s fits no schema', async (_, value) => {
  expect(await issuesOf(jsonSchema({}), value)).toEqual([{ path: [], message: expect.any(String) }]);
});

test('a schema that refers to itself without end is refused when it is used', async () => {
  await expect(validateOutput(jsonSchema({ $ref: '#' }), 1)).rejects.toThrow(invalid('refers to itself without end'));
});

test('many references to one large part are not written out each', async () => {
  const part = { enum: Array.from({ length: 500 }, (_, index) => `value ${index}`) };
  const anyOf = Array.from({ length: 1000 }, () => ({ $ref: '#/$defs/part' }));
  expect(await issuesOf(jsonSchema({ anyOf, $defs: { part } }), 'value 7')).toBe('none');
});

test('takes zod schemas: types, JSON Schema and check', async () => {
  const schema = z.object({ shop: z.string(), total: z.number().default(0) });
  expect(toJsonSchema(schema)).toMatchObject({
    type: 'object',
    properties: { shop: { type: 'string' }, total: { type: 'number' } },
    required: ['shop'],
  });
  const checked = await validateOutput(schema, { shop: 'A' });
  expect(checked).toEqual({ value: { shop: 'A', total: 0 } });
  expectTypeOf(checked).toEqualTypeOf<CheckedOutput<{ shop: string; total: number }>>();
  expect(await issuesOf(schema, { shop: 1 })).toEqual([{ path: ['shop'], message: expect.stringContaining('expected string') }]);
});

test('asks for what goes into a transformation, and gives what comes out', async () => {
  const schema = z.object({ total: z.string().transform(Number) });
  expect(toJsonSchema(schema)).toMatchObject({ properties: { total: { type: 'string' } } });
  expect(await validateOutput(schema, { total: '7' })).toEqual({ value: { total: 7 } });
});

test('says what a library cannot express', () => {
  expect(() => toJsonSchema(z.object({ day: z.date() }))).toThrow(invalid('zod cannot express this schema as JSON Schema: '));
});

test('says what is missing in a schema of another kind', async () => {
  const validate = (value: unknown): { value: unknown } => ({ value });
  const plain = { '~standard': { version: 1, vendor: 'mine', validate } };
  expect(() => toJsonSchema(plain as never)).toThrow(invalid("(of mine) has no JSON Schema form: '~standard'.jsonSchema is missing"));
  expect(() => toJsonSchema({ type: 'object' } as never)).toThrow(invalid('not a Standard Schema'));
  await expect(validateOutput(undefined as never, 1)).rejects.toThrow(invalid('not a Standard Schema'));
});

test('the type of jsonSchema is the caller’s', () => {
  expectTypeOf(jsonSchema<{ a: number }>({})).toEqualTypeOf<OutputSchema<{ a: number }>>();
});

test('reads paths that a library gives as segments', async () => {
  const issues = [{ message: 'no', path: [{ key: 'a' }, 0, Symbol('s')] }];
  const standard = {
    version: 1 as const,
    vendor: 'mine',
    validate: () => ({ issues }),
    jsonSchema: { input: () => ({}), output: () => ({}) },
  };
  expect(await issuesOf({ '~standard': standard }, 1)).toEqual([{ message: 'no', path: ['a', 0, 'Symbol(s)'] }]);
});
