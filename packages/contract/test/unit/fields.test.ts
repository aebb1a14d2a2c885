import { expect, expectTypeOf, test } from 'vitest';
import { fields, fieldsToJsonSchema, type OutputSchema, presets, readFieldList, readSchema } from '../../src/index.ts';

const schemaOf = (schema: OutputSchema<unknown>): unknown => schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });

test('writes the short form out as a JSON Schema: every field there, null for what is not', () => {
  expect(
    fieldsToJsonSchema({ total: 'number', date: 'date', shop: { name: 'string' }, items: [{ price: 'integer' }], tags: ['string'] }),
  ).toEqual({
    type: 'object',
    properties: {
      total: { type: ['number', 'null'] },
      date: { type: ['string', 'null'], description: 'date as printed' },
      shop: { type: 'object', properties: { name: { type: ['string', 'null'] } }, required: ['name'], additionalProperties: false },
      items: {
        type: 'array',
        items: { type: 'object', properties: { price: { type: ['integer', 'null'] } }, required: ['price'], additionalProperties: false },
      },
      tags: { type: 'array', items: { type: ['string', 'null'] } },
    },
    required: ['total', 'date', 'shop', 'items', 'tags'],
    additionalProperties: false,
  });
});

test('asks for what pages print in ways of their own as it is printed, and holds the rest to its format', () => {
  const { properties } = fieldsToJsonSchema({ a: 'date', b: 'time', c: 'date-time', d: 'uri', e: 'email', f: 'uuid' });
  expect(properties).toEqual({
    a: { type: ['string', 'null'], description: 'date as printed' },
    b: { type: ['string', 'null'], description: 'time as printed' },
    c: { type: ['string', 'null'], description: 'date-time as printed' },
    d: { type: ['string', 'null'], description: 'uri as printed' },
    e: { type: ['string', 'null'], format: 'email' },
    f: { type: ['string', 'null'], format: 'uuid' },
  });
});

test('infers the type of the value', () => {
  const schema = fields({ total: 'number', date: 'date', paid: 'boolean', items: [{ name: 'string' }] });
  expectTypeOf(schema).toEqualTypeOf<
    OutputSchema<{
      readonly total: number | null;
      readonly date: string | null;
      readonly paid: boolean | null;
      readonly items: readonly { readonly name: string | null }[];
    }>
  >();
});

test.each<[unknown, string]>([
  [{ total: 'money' }, 'The field total'],
  [{ items: [] }, 'The field items'],
  [{ a: { b: ['string', 'number'] } }, 'The field a.b'],
  [{}, 'The short form'],
  ['x', 'The fields'],
])('refuses %j by name', (shape, name) => {
  expect(() => fieldsToJsonSchema(shape)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(name) }),
  );
});

test('tells a JSON Schema from a short form, as a value and as text', () => {
  const schema = { type: 'object', properties: { type: { type: 'string' } } };
  expect(schemaOf(readSchema(schema))).toEqual(schema);
  expect(schemaOf(readSchema(JSON.stringify(schema)))).toEqual(schema);
  expect(schemaOf(readSchema({ $ref: '#/$defs/a', $defs: { a: schema } }))).toMatchObject({ $ref: '#/$defs/a' });
  expect(schemaOf(readSchema('{ "type": "string", "items": [{ "name": "string" }] }'))).toMatchObject({
    properties: { type: { type: ['string', 'null'] }, items: { type: 'array' } },
  });
  for (const wrong of ['{', '[]', '3', '{"a": 1}']) {
    expect(() => readSchema(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  }
});

test('reads a list of names, a name alone being a text', () => {
  expect(readFieldList('company, date:date,total : number')).toEqual({ company: 'string', date: 'date', total: 'number' });
  for (const wrong of ['', 'a,,b', 'a,a', 'a:', ':date', 'a:date:b']) {
    expect(() => readFieldList(wrong), wrong).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'fields' }));
  }
  expect(() => fieldsToJsonSchema(readFieldList('a:text'))).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});

test('has presets of which every value may be null, all members in the answer', () => {
  expect(Object.keys(presets)).toEqual(['receipt', 'invoice', 'id-card', 'business-card', 'bank-statement', 'label', 'table']);
  for (const [name, preset] of Object.entries(presets)) {
    const members = Object.entries(preset.properties as Record<string, { type?: unknown; enum?: readonly unknown[] }>);
    expect(preset.required, name).toEqual(members.map(([member]) => member));
    for (const [member, { type, enum: values }] of members) {
      expect(type === 'array' || (Array.isArray(type) && type.includes('null')) || values?.includes(null), `${name}.${member}`).toBe(true);
    }
  }
});

test('has presets that force no format, with their lists last', () => {
  for (const [name, preset] of Object.entries(presets)) {
    expect(JSON.stringify(preset), name).not.toContain('"format"');
    const isList = Object.values(preset.properties as Record<string, { type?: unknown }>).map(({ type }) => type === 'array');
    expect(isList, name).toEqual([...isList].sort((a, b) => Number(a) - Number(b)));
  }
});
