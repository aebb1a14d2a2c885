import { type OutputIssue, type OutputSchema, plainSchemaVendor, type SchemaIssue, VisionError } from '@h2ovl/contract';
import { copySchema, type JsonSchema } from './copy-schema.ts';
import { schemaThread } from './schema-thread/schema-thread.ts';

/** An answer's value as the schema gives it (defaults filled in, dates parsed: whatever the library does), or what is wrong with it. */
export type CheckedOutput<T> = { readonly value: T } | { readonly issues: readonly OutputIssue[] };

/**
 * A plain JSON Schema as an output schema, checked with Ajv (formats included). Whether it is a valid schema is looked at when it is first used,
 * in a thread of its own, since that may take long: a schema that is not, or has a `$ref` out of itself (nothing is fetched), is then `INVALID_ARGUMENT`.
 *
 * @typeParam T the type its values have; nothing can verify that it is right.
 * @throws VisionError `INVALID_ARGUMENT`: not JSON data, over 256 kB, or deeper than 64 levels
 */
export function jsonSchema<T = unknown>(schema: Readonly<Record<string, unknown>>): OutputSchema<T> {
  const source = copySchema(schema);
  const convert = (): Record<string, unknown> => ({ ...source });
  const output: OutputSchema<T> = {
    '~standard': {
      version: 1,
      vendor: plainSchemaVendor,
      async validate(value) {
        const issues = await schemaThread.check(source, value);
        return issues.length === 0 ? { value: value as T } : { issues }; // T is the caller's word for it
      },
      jsonSchema: { input: convert, output: convert },
    },
  };
  checked.set(output, output);
  return output;
}

/** Plain JSON Schemas with a checker: those made here, and those of the contract by what was made of them. */
const checked = new WeakMap<object, unknown>();

/** The contract's `jsonSchema()` leaves the check to whoever runs the model: here it gets its checker, once. */
function withChecker<T>(schema: OutputSchema<T>): OutputSchema<T> {
  const known = checked.get(schema);
  if (known) return known as OutputSchema<T>; // made from it, with its type
  const made = jsonSchema<T>(schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' }));
  checked.set(schema, made);
  return made;
}

/**
 * The JSON Schema of what the model must write: the schema's input side, before any transformation.
 * Throws `INVALID_ARGUMENT` when the value is no schema, or when its library cannot express it as JSON Schema.
 */
export function toJsonSchema(schema: OutputSchema<unknown>): JsonSchema {
  const standard = readStandard(schema);
  if (typeof standard.jsonSchema?.input !== 'function') {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `The schema (of ${standard.vendor}) has no JSON Schema form: '~standard'.jsonSchema is missing.`,
      {
        hint: 'Use zod 4.2 or later, or wrap a plain JSON Schema with jsonSchema().',
      },
    );
  }
  let converted: unknown;
  try {
    converted = standard.jsonSchema.input({ target: 'draft-2020-12' });
  } catch (error) {
    throw new VisionError('INVALID_ARGUMENT', `${standard.vendor} cannot express this schema as JSON Schema: ${sentenceOf(error)}`, {
      hint: 'Leave out types that JSON does not have (dates, maps, functions), or wrap a plain JSON Schema with jsonSchema().',
      cause: error,
    });
  }
  return copySchema(converted);
}

/** Whether the schema is a plain JSON Schema: then it has no conditions beyond. */
export function isPlainSchema(schema: OutputSchema<unknown>): boolean {
  return schema['~standard'].vendor === plainSchemaVendor;
}

/** Checks a value against the schema. An error that the schema's own code throws comes out as it is. */
export async function validateOutput<T>(schema: OutputSchema<T>, value: unknown): Promise<CheckedOutput<T>> {
  const result = await readStandard(schema).validate(value);
  if (result.issues === undefined) return { value: result.value };
  return { issues: result.issues.map(({ message, path = [] }) => ({ message, path: path.map(readSegment) })) };
}

type StandardProps<T> = OutputSchema<T>['~standard'];

/** The border: JavaScript callers may hand over anything. */
function readStandard<T>(schema: OutputSchema<T>): StandardProps<T> {
  const standard = (schema as Partial<OutputSchema<T>> | null | undefined)?.['~standard'];
  if (typeof standard?.validate === 'function') {
    return standard.vendor === plainSchemaVendor && typeof standard.jsonSchema?.input === 'function'
      ? withChecker(schema)['~standard']
      : standard;
  }
  throw new VisionError('INVALID_ARGUMENT', "The schema is not a Standard Schema: '~standard'.validate is missing.", {
    hint: 'Give a zod, ArkType or Valibot schema, or wrap a plain JSON Schema with jsonSchema().',
  });
}

function readSegment(segment: NonNullable<SchemaIssue['path']>[number]): string | number {
  const key = typeof segment === 'object' ? segment.key : segment;
  return typeof key === 'symbol' ? String(key) : key;
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
