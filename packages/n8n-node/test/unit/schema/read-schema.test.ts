import { expect, test } from 'vitest';
import { readSchema, type Schema } from '../../../nodes/H2ovl/schema/read-schema.ts';
import { createContext } from '../../helpers/fake-context.ts';

function read(parameters: Readonly<Record<string, unknown>>): Schema {
  return readSchema(createContext({ baseUrl: 'http://127.0.0.1:1', parameters }), 0);
}

test('a date is a text, asked for as the page prints it: models get it wrong when they rewrite it', () => {
  const attributes = [{ name: ' due ', type: 'date', description: 'When to pay', required: true }];
  expect(read({ schemaType: 'fromAttributes', 'attributes.attributes': attributes })).toMatchObject({
    properties: { due: { type: 'string', description: 'When to pay. Date as printed' } },
  });
});

test('a preset is a whole schema of which every value may be null; another name is refused', () => {
  expect(read({ schemaType: 'preset', preset: 'receipt' })).toMatchObject({
    type: 'object',
    properties: { total: { type: ['number', 'null'] }, items: { type: 'array' } },
  });
  expect(() => read({ schemaType: 'preset', preset: 'recipe' })).toThrow("There is no preset 'recipe'");
});

test.each([
  ['none', [], 'No attribute is described'],
  ['a nameless one', [{ name: ' ', type: 'string', description: '', required: true }], 'An attribute has no name'],
  [
    'the same twice',
    [
      { name: 'a', type: 'string', description: '', required: true },
      { name: 'a ', type: 'number', description: '', required: true },
    ],
    "The attribute 'a' is described twice",
  ],
])('refuses attributes: %s', (_case, attributes, message) => {
  expect(() => read({ schemaType: 'fromAttributes', 'attributes.attributes': attributes })).toThrow(message);
});

test('an example gives fields, nested fields, lists and types; null stands for what is not there', () => {
  const example = '{"shop":"x","paid":true,"lines":[{"price":1.5}],"note":null}';
  expect(read({ schemaType: 'fromJson', jsonSchemaExample: example })).toEqual({
    type: 'object',
    properties: {
      shop: { type: ['string', 'null'] },
      paid: { type: ['boolean', 'null'] },
      lines: {
        type: 'array',
        items: {
          type: ['object', 'null'],
          properties: { price: { type: ['number', 'null'] } },
          required: ['price'],
          additionalProperties: false,
        },
      },
      note: {},
    },
    required: ['shop', 'paid', 'lines', 'note'],
    additionalProperties: false,
  });
});

test.each([
  ['broken JSON', '{"a":', 'JSON Example is not valid JSON'],
  ['a list', '[1]', 'JSON Example is not an object'],
  ['no fields', '{}', 'The JSON example has no fields'],
])('refuses an example: %s', (_case, jsonSchemaExample, message) => {
  expect(() => read({ schemaType: 'fromJson', jsonSchemaExample })).toThrow(message);
});

test('a JSON Schema is taken as it is, as text or as an object', () => {
  const schema = { type: 'object', properties: { total: { type: 'number' } } };
  expect(read({ schemaType: 'manual', inputSchema: JSON.stringify(schema) })).toEqual(schema);
  expect(read({ schemaType: 'manual', inputSchema: schema })).toEqual(schema);
});

test('refuses a JSON Schema whose root is not an object', () => {
  expect(() => read({ schemaType: 'manual', inputSchema: '{"type":"array"}' })).toThrow('The root of the JSON Schema is not an object');
});
