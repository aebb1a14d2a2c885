import type { Answer } from '@h2ovl/contract/wire';
import { checkJsonSchema } from './check-json-schema.ts';
import { APIError, UnprocessableError } from './errors.ts';
import type { OutputSchema, SchemaIssue } from './generation-types.ts';

/**
 * A plain JSON Schema as an OutputSchema. The server checks every keyword; on this side the structural ones are checked again
 * (type, properties, required, items, enum, const, bounds, pattern, anyOf/oneOf/allOf/not, local $ref).
 */
export function jsonSchema<T = unknown>(schema: Readonly<Record<string, unknown>>): OutputSchema<T> {
  const copy = (): Record<string, unknown> => structuredClone(schema);
  return {
    '~standard': {
      version: 1,
      vendor: 'h2ovl',
      validate(value) {
        const issues = checkJsonSchema(schema, value);
        return issues.length === 0 ? { value: value as T } : { issues }; // just checked
      },
      jsonSchema: { input: copy, output: copy },
    },
  };
}

/** The JSON Schema to send: of the value before the schema's own defaults and transforms, since that is what the model writes. Throws APIError INVALID_ARGUMENT. */
export function readJsonSchema(schema: OutputSchema): Readonly<Record<string, unknown>> {
  const standard = (schema as Partial<OutputSchema> | null | undefined)?.['~standard']; // plain JavaScript may pass anything
  if (typeof standard?.validate !== 'function' || typeof standard.jsonSchema?.input !== 'function') {
    throw new APIError('The schema cannot be turned into JSON Schema.', {
      code: 'INVALID_ARGUMENT',
      param: 'schema',
      hint: 'Use zod 4.2 or newer, ArkType, Valibot with @valibot/to-json-schema, or jsonSchema({ ... }) for a plain JSON Schema.',
    });
  }
  try {
    return standard.jsonSchema.input({ target: 'draft-2020-12' });
  } catch (error) {
    throw new APIError(`The schema cannot be turned into JSON Schema: ${error instanceof Error ? error.message : String(error)}`, {
      code: 'INVALID_ARGUMENT',
      param: 'schema',
      cause: error,
      hint: 'Leave out what JSON cannot hold, such as dates, maps and functions.',
    });
  }
}

/** The checked object in an answer. Throws UnprocessableError, which keeps the text and says what does not fit. */
export async function validateOutput<T>(schema: OutputSchema<T>, answer: Answer): Promise<T> {
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch (error) {
    const isCut = answer.finishReason === 'length';
    throw new UnprocessableError(
      isCut
        ? `The answer was cut at its limit after ${answer.usage.outputTokens} tokens and is not whole JSON.`
        : 'The answer is not JSON.',
      { text: answer.text, finishReason: answer.finishReason, issues: [{ path: [], message: String(error) }] },
      { cause: error, hint: isCut ? 'Raise maxOutputTokens.' : 'Ask again, name the fields in the prompt, or use a larger model.' },
    );
  }
  const checked = await schema['~standard'].validate(value);
  if (checked.issues === undefined) return checked.value;
  const issues = checked.issues.map((issue) => ({ path: readPath(issue), message: issue.message }));
  const first = issues[0];
  throw new UnprocessableError(
    `The answer does not fit the schema in ${issues.length} ${issues.length === 1 ? 'place' : 'places'}${first === undefined ? '' : `; first at ${JSON.stringify(first.path.join('.'))}: ${first.message}`}.`,
    { text: answer.text, finishReason: answer.finishReason, issues },
    { hint: 'Ask again, name the fields in the prompt, or make the doubtful fields optional.' },
  );
}

function readPath(issue: SchemaIssue): readonly (string | number)[] {
  return (issue.path ?? []).map((entry) => {
    const key = typeof entry === 'object' ? entry.key : entry;
    return typeof key === 'symbol' ? String(key) : key;
  });
}
