import { type PresetName, presets } from '@h2ovl/contract';
import type { IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

/** A JSON Schema as plain data; the root describes an object. */
export type Schema = Readonly<Record<string, unknown>>;

interface Attribute {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly required: boolean;
}

/** The schema the parameters of an item describe, in any of the three ways of n8n's Information Extractor, or a preset. */
export function readSchema(context: IExecuteFunctions, itemIndex: number): Schema {
  const schemaType: unknown = context.getNodeParameter('schemaType', itemIndex);
  if (schemaType === 'fromAttributes') return readAttributes(context, itemIndex);
  if (schemaType === 'fromJson') return readExample(context, itemIndex);
  if (schemaType === 'preset') return readPreset(context, itemIndex);
  return readManualSchema(context, itemIndex);
}

function readPreset(context: IExecuteFunctions, itemIndex: number): Schema {
  const name: unknown = context.getNodeParameter('preset', itemIndex);
  if (typeof name === 'string' && Object.hasOwn(presets, name)) return presets[name as PresetName];
  throw refuse(context, itemIndex, `There is no preset '${String(name)}'`, `Choose one of ${Object.keys(presets).join(', ')}.`);
}

function readAttributes(context: IExecuteFunctions, itemIndex: number): Schema {
  const list: unknown = context.getNodeParameter('attributes.attributes', itemIndex, []);
  const attributes = (Array.isArray(list) ? list : []) as Attribute[]; // n8n fills the fields of a fixed collection
  const named = attributes.map((attribute) => ({ ...attribute, name: attribute.name.trim() }));
  if (named.length === 0) throw refuse(context, itemIndex, 'No attribute is described', 'Add at least one under Attributes.');
  const seen = new Set<string>();
  for (const { name } of named) {
    if (name === '') throw refuse(context, itemIndex, 'An attribute has no name', 'Give every attribute a name, e.g. invoice_number.');
    if (seen.has(name)) throw refuse(context, itemIndex, `The attribute '${name}' is described twice`, 'Remove or rename one of the two.');
    seen.add(name);
  }
  return {
    type: 'object',
    properties: Object.fromEntries(named.map((attribute) => [attribute.name, describeAttribute(attribute)])),
    // Optional ones must be there too, as null: what a document does not say is then told from what was forgotten.
    required: named.map(({ name }) => name),
    additionalProperties: false,
  };
}

function describeAttribute({ type, description, required }: Attribute): Schema {
  const isDate = type === 'date';
  const jsonType = isDate ? 'string' : type;
  const text = [description.trim(), isDate ? 'Date as printed' : ''].filter((part) => part !== '').join('. ');
  return { type: required ? jsonType : [jsonType, 'null'], ...(text === '' ? {} : { description: text }) };
}

function readExample(context: IExecuteFunctions, itemIndex: number): Schema {
  const example = parseObject(context, itemIndex, 'jsonSchemaExample', 'JSON Example');
  if (Object.keys(example).length === 0) {
    throw refuse(context, itemIndex, 'The JSON example has no fields', 'Write one field per value to extract, e.g. {"total": 12.5}.');
  }
  return inferSchema(example, true);
}

/** Scalars may come back as null, since a document may not hold what its example holds. */
function inferSchema(example: unknown, isRoot: boolean = false): Schema {
  if (Array.isArray(example)) return { type: 'array', items: example.length === 0 ? {} : inferSchema(example[0]) };
  if (typeof example === 'object' && example !== null) {
    return {
      type: isRoot ? 'object' : ['object', 'null'],
      properties: Object.fromEntries(Object.entries(example).map(([key, value]) => [key, inferSchema(value)])),
      required: Object.keys(example),
      additionalProperties: false,
    };
  }
  if (example === null) return {};
  return { type: [typeof example, 'null'] };
}

function readManualSchema(context: IExecuteFunctions, itemIndex: number): Schema {
  const schema = parseObject(context, itemIndex, 'inputSchema', 'JSON Schema');
  if (schema.type !== 'object') {
    throw refuse(
      context,
      itemIndex,
      `The root of the JSON Schema is not an object`,
      'Begin it with {"type": "object", "properties": { … }}.',
    );
  }
  return schema;
}

function parseObject(context: IExecuteFunctions, itemIndex: number, parameter: string, label: string): Schema {
  const raw: unknown = context.getNodeParameter(parameter, itemIndex);
  const value = typeof raw === 'string' ? parseJson(context, itemIndex, raw, label) : raw;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Schema;
  throw refuse(context, itemIndex, `${label} is not an object`, 'Write one JSON object between { and }.');
}

function parseJson(context: IExecuteFunctions, itemIndex: number, text: string, label: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(
      context,
      itemIndex,
      `${label} is not valid JSON`,
      `The parser said: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function refuse(context: IExecuteFunctions, itemIndex: number, message: string, description: string): NodeOperationError {
  return new NodeOperationError(context.getNode(), message, { itemIndex, description });
}
