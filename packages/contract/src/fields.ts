import { VisionError } from './errors.ts';
import { isLfsPointer, lfsPointerHint } from './lfs-pointer.ts';
import { jsonSchema, type OutputSchema } from './output-schema.ts';

/**
 * What a field of the short form holds. `date`, `time`, `date-time` and `uri` are texts as the page prints them; to have them rewritten (a date as
 * YYYY-MM-DD), which a model easily gets wrong, write a JSON Schema with `format`. An `email` and a `uuid` are held to their format.
 */
export type FieldType = 'string' | 'number' | 'integer' | 'boolean' | 'date' | 'time' | 'date-time' | 'email' | 'uri' | 'uuid';

/** The short form of a schema: names with types, objects inside, and lists written as one entry in brackets. */
export type Fields = { readonly [name: string]: FieldType | Fields | readonly [FieldType | Fields] };

/** The value that a short form describes. What the page does not show is null, and a list without entries empty. */
export type FieldsValue<F> = F extends readonly [infer Entry]
  ? readonly FieldsValue<Entry>[]
  : F extends 'number' | 'integer'
    ? number | null
    : F extends 'boolean'
      ? boolean | null
      : F extends string
        ? string | null
        : { readonly [Name in keyof F]: FieldsValue<F[Name]> };

const plainTypes: readonly string[] = ['string', 'number', 'integer', 'boolean'];
/** Pages print these in ways that the standard does not know: held to it, a model has to write what it does not see. */
const printedTypes: readonly string[] = ['date', 'time', 'date-time', 'uri'];
const formats: readonly string[] = ['email', 'uuid'];
const maxDepth = 16; // more levels than anybody writes by hand

/**
 * A schema in its short form: `fields({ total: 'number', date: 'date', items: [{ name: 'string', price: 'number' }] })`. Every field comes in the
 * answer; what the page does not show is null.
 * @throws VisionError INVALID_ARGUMENT for a type that does not exist
 */
export function fields<const F extends Fields>(shape: F): OutputSchema<FieldsValue<F>> {
  return jsonSchema<FieldsValue<F>>(fieldsToJsonSchema(shape));
}

/** The JSON Schema of a short form. @throws VisionError as `fields` does */
export function fieldsToJsonSchema(shape: unknown): Readonly<Record<string, unknown>> {
  if (typeof shape !== 'object' || shape === null || Array.isArray(shape)) {
    throw invalidField('The fields', 'an object of names and types', 'Write them as { "total": "number" }.');
  }
  return schemaOf(shape, '', 0) as Readonly<Record<string, unknown>>;
}

/**
 * The short form that a list of names says, each with a type if it is not text: `company,date:date,total:number`.
 * @throws VisionError INVALID_ARGUMENT for a name that is empty or comes twice
 */
export function readFieldList(list: string): Fields {
  const types = new Map<string, FieldType>();
  for (const entry of list.split(',').map((part) => part.trim())) {
    const [name = '', type = 'string', ...more] = entry.split(':').map((word) => word.trim());
    if (name === '' || type === '' || more.length > 0 || types.has(name)) {
      throw new VisionError('INVALID_ARGUMENT', `The list of fields has ${JSON.stringify(entry.slice(0, 100))}.`, {
        param: 'fields',
        hint: 'It takes names that differ, each with a type if it is not text: total:number,date:date.',
      });
    }
    types.set(name, type as FieldType); // whether it exists, fieldsToJsonSchema says
  }
  return Object.fromEntries(types);
}

function schemaOf(field: unknown, path: string, depth: number): unknown {
  if (depth > maxDepth) throw invalidField(`The field ${path}`, `nested at most ${maxDepth} levels deep`, 'Ask for fewer levels.');
  if (typeof field === 'string') {
    if (plainTypes.includes(field)) return { type: [field, 'null'] };
    if (printedTypes.includes(field)) return { type: ['string', 'null'], description: `${field} as printed` };
    if (formats.includes(field)) return { type: ['string', 'null'], format: field };
  } else if (Array.isArray(field)) {
    if (field.length === 1) return { type: 'array', items: schemaOf(field[0], `${path}[]`, depth + 1) };
  } else if (typeof field === 'object' && field !== null && Object.keys(field).length > 0) {
    const entries = Object.entries(field).map(
      ([name, value]) => [name, schemaOf(value, path === '' ? name : `${path}.${name}`, depth + 1)] as const,
    );
    return { type: 'object', properties: Object.fromEntries(entries), required: Object.keys(field), additionalProperties: false };
  }
  throw invalidField(
    path === '' ? 'The short form' : `The field ${path}`,
    'a type, an object of fields, or a list with one entry',
    `Types are ${[...plainTypes, ...printedTypes, ...formats].join(', ')}.`,
  );
}

function invalidField(what: string, expected: string, hint: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', `${what} must be ${expected}.`, { param: 'schema', hint });
}

const schemaKeywords = [
  'properties',
  '$ref',
  'anyOf',
  'oneOf',
  'allOf',
  '$defs',
  'definitions',
  'additionalProperties',
  'items',
  'enum',
  'const',
];

/**
 * Reads a schema as people hand it over in a file or a form: a JSON Schema or a short form, as a value or as JSON text.
 * @throws VisionError INVALID_ARGUMENT when it is neither
 */
export function readSchema(source: unknown): OutputSchema {
  const value = typeof source === 'string' ? parse(source) : source;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidField('The schema', 'an object', 'Write a JSON Schema, or names and types as in { "total": "number" }.');
  }
  const record = value as Readonly<Record<string, unknown>>;
  const isJsonSchema =
    record.type === 'object' ||
    record.type === 'array' ||
    Array.isArray(record.type) ||
    schemaKeywords.some((keyword) => isKeyword(record, keyword));
  return isJsonSchema ? jsonSchema(record) : jsonSchema(fieldsToJsonSchema(record));
}

/** In a short form the same name may be a field: `{ "items": [{ "name": "string" }] }`. */
function isKeyword(record: Readonly<Record<string, unknown>>, keyword: string): boolean {
  if (!Object.hasOwn(record, keyword)) return false;
  const value = record[keyword];
  if (keyword === 'items' || keyword === 'enum') return keyword === 'enum' && Array.isArray(value) && value.length !== 1;
  if (keyword === 'anyOf' || keyword === 'oneOf' || keyword === 'allOf') return Array.isArray(value);
  return keyword.startsWith('$') || (keyword === 'properties' && typeof value === 'object');
}

function parse(text: string): unknown {
  if (isLfsPointer(text)) {
    throw new VisionError('INVALID_ARGUMENT', 'The schema is a pointer of Git LFS, not the file itself.', {
      param: 'schema',
      hint: lfsPointerHint,
    });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new VisionError('INVALID_ARGUMENT', `The schema is not JSON: ${error instanceof Error ? error.message : String(error)}.`, {
      param: 'schema',
      hint: 'Write a JSON Schema, or names and types as in { "total": "number" }.',
      cause: error,
    });
  }
}
