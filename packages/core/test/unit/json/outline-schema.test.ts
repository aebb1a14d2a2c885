import { expect, test } from 'vitest';
import { outlineSchema } from '../../../src/json/outline-schema.ts';

test('has every property in the order of the schema, empty', () => {
  const properties = {
    company: { type: 'string' },
    total: { type: 'number' },
    count: { type: 'integer' },
    paid: { type: 'boolean' },
    nothing: { type: 'null' },
    lines: { type: 'array', items: { type: 'object', properties: { price: { type: 'number' } } } },
    tags: { type: 'array' },
    kind: { const: 'receipt' },
  };
  const { skeleton } = outlineSchema({ type: 'object', properties });
  expect(skeleton).toEqual({
    company: '',
    total: 0,
    count: 0,
    paid: false,
    nothing: null,
    lines: [{ price: 0 }],
    tags: [],
    kind: 'receipt',
  });
  expect(Object.keys(skeleton as object)).toEqual(Object.keys(properties));
});

test('infers what the type leaves open', () => {
  expect(outlineSchema({ properties: { a: { items: {} }, b: { enum: [3, 4] }, c: {}, d: true, e: { enum: ['x'] } } }).skeleton).toEqual({
    a: [''],
    b: 0,
    c: '',
    d: '',
    e: '',
  });
});

test('takes the first type and the first branch that is not null, and says that null is allowed', () => {
  const schema = {
    properties: {
      a: { type: ['null', 'number'] },
      b: { anyOf: [{ type: 'null' }, { type: 'boolean' }] },
      c: { oneOf: [{ type: 'integer' }] },
    },
  };
  expect(outlineSchema(schema)).toMatchObject({ skeleton: { a: 0, b: false, c: 0 }, allowsNull: true });
  expect(outlineSchema({ properties: { a: { type: 'string' } } }).allowsNull).toBe(false);
});

test('joins allOf and follows references, escapes included', () => {
  const schema = {
    allOf: [{ $ref: '#/$defs/a~1b%20c' }, { properties: { y: { type: 'number' } } }],
    properties: { z: { type: 'string' } },
    $defs: { 'a/b c': { type: 'object', properties: { x: { type: 'boolean' } } } },
  };
  expect(outlineSchema(schema).skeleton).toEqual({ x: false, y: 0, z: '' });
});

test('takes the properties of a branch beside its own', () => {
  expect(outlineSchema({ type: 'object', properties: { a: {} }, anyOf: [{ properties: { b: { type: 'number' } } }] }).skeleton).toEqual({
    a: '',
    b: 0,
  });
});

test('ends recursion: an empty array, or null', () => {
  const node = {
    type: 'object',
    properties: { name: {}, children: { type: 'array', items: { $ref: '#/$defs/node' } }, next: { $ref: '#/$defs/node' } },
  };
  expect(outlineSchema({ $ref: '#/$defs/node', $defs: { node } }).skeleton).toEqual({ name: '', children: [], next: null });
  expect(outlineSchema({ properties: { self: { $ref: '#' } } }).skeleton).toMatchObject({ self: { self: null } });
});

test('does not take a part used at two places for a recursion', () => {
  const $defs = { base: { properties: { name: {} } } };
  const both = { $ref: '#/$defs/base' };
  expect(outlineSchema({ allOf: [both, both], properties: { parent: both, other: both }, $defs }).skeleton).toEqual({
    name: '',
    parent: { name: '' },
    other: { name: '' },
  });
});

test('leaves a reference by name to the checker', () => {
  expect(outlineSchema({ properties: { a: { $ref: '#anchor' }, b: { $ref: 'other.json' }, c: { $ref: '#/nowhere' } } }).skeleton).toEqual({
    a: '',
    b: '',
    c: '',
  });
});

test('shows each place of a tuple', () => {
  expect(outlineSchema({ prefixItems: [{ type: 'number' }, {}] }).skeleton).toEqual([0, '']);
});

test('notes what the example cannot show, with the path', () => {
  const item = { type: 'object', properties: { unit: { enum: ['kg', 'l'], description: '  unit of\nmeasure ' } } };
  const schema = {
    description: 'a receipt',
    properties: { day: { type: 'string', format: 'date' }, lines: { items: item }, mail: { format: 'email' } },
  };
  expect(outlineSchema(schema).notes).toEqual([
    'day: format YYYY-MM-DD',
    'lines[].unit: unit of measure; one of "kg", "l"',
    'mail: format email',
  ]);
});

test('keeps a note on one line of 200 characters', () => {
  const [note = ''] = outlineSchema({ properties: { a: { description: 'x'.repeat(500) } } }).notes;
  expect(note).toHaveLength('a: '.length + 200);
  expect(note.endsWith('…')).toBe(true);
});

test.each(['properties', 'allOf'])('refuses references that multiply through %s, without writing them out', (keyword) => {
  const $defs: Record<string, unknown> = { level0: { type: 'string' } };
  for (let level = 1; level <= 40; level += 1) {
    const $ref = `#/$defs/level${level - 1}`;
    $defs[`level${level}`] = keyword === 'allOf' ? { allOf: [{ $ref }, { $ref }] } : { properties: { a: { $ref }, b: { $ref } } };
  }
  expect(() => outlineSchema({ $ref: '#/$defs/level40', $defs })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('more than 1000 parts') }),
  );
});
