import { VisionError } from './errors.ts';

/**
 * What an answer must look like: a schema of zod (4.2 or newer), ArkType, Valibot with its JSON Schema package, or `jsonSchema()`.
 * It is where Standard Schema and Standard JSON Schema meet, written out so that this package depends on neither.
 */
export interface OutputSchema<T = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
    readonly validate: (value: unknown, options?: SchemaOptions | undefined) => SchemaResult<T> | Promise<SchemaResult<T>>;
    readonly jsonSchema: {
      readonly input: (options: JsonSchemaOptions) => Record<string, unknown>;
      readonly output: (options: JsonSchemaOptions) => Record<string, unknown>;
    };
  };
}

/** What Standard Schema's `validate` may be told. */
export interface SchemaOptions {
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

/** What the converters of Standard JSON Schema are told. */
export interface JsonSchemaOptions extends SchemaOptions {
  readonly target: 'draft-2020-12' | 'draft-07' | 'openapi-3.0' | ({} & string);
}

/** What Standard Schema's `validate` answers. */
export type SchemaResult<T> = { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** One way in which a value does not fit. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The vendor of schemas that are a plain JSON Schema: whoever runs the model checks the answer against it. */
export const plainSchemaVendor = 'h2ovl';

/**
 * A plain JSON Schema as an output schema. The answer is checked where the model runs, in this process or by the server;
 * `validate` itself takes any value, so that nothing is checked twice.
 *
 * @typeParam T the type its values have; nothing can verify that it is right.
 */
export function jsonSchema<T = unknown>(schema: Readonly<Record<string, unknown>>): OutputSchema<T> {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw new VisionError('INVALID_ARGUMENT', 'The JSON Schema is not an object.', {
      param: 'schema',
      hint: 'Write it as { "type": "object", "properties": { … } }.',
    });
  }
  const copy = (): Record<string, unknown> => structuredClone(schema);
  return {
    '~standard': {
      version: 1,
      vendor: plainSchemaVendor,
      validate: (value) => ({ value: value as T }), // T is the caller's word for it
      jsonSchema: { input: copy, output: copy },
    },
  };
}
