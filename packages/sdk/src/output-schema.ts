import { invalidArgument, OutputInvalidError, type OutputSchema, type SchemaIssue, type SchemaResult } from '@h2ovl/contract';
import type { Answer } from '@h2ovl/contract/wire/answers';

/** The JSON Schema to send: of the value before the schema's own defaults and transforms, since that is what the model writes. Throws VisionError INVALID_ARGUMENT. */
export function readJsonSchema(schema: OutputSchema): Readonly<Record<string, unknown>> {
  const standard = (schema as Partial<OutputSchema> | null | undefined)?.['~standard']; // plain JavaScript may pass anything
  if (typeof standard?.validate !== 'function' || typeof standard.jsonSchema?.input !== 'function') {
    throw invalidArgument(
      'The schema cannot be turned into JSON Schema.',
      'schema',
      'Use zod 4.2 or newer, ArkType, Valibot with @valibot/to-json-schema, or jsonSchema({ ... }) for a plain JSON Schema.',
    );
  }
  try {
    return standard.jsonSchema.input({ target: 'draft-2020-12' });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalidArgument(
      `The schema cannot be turned into JSON Schema: ${reason}`,
      'schema',
      'Leave out what JSON cannot hold, such as dates, maps and functions.',
      error,
    );
  }
}

/** An answer as far as the check of its value needs it. */
type CheckedAnswer = Pick<Answer, 'text' | 'finishReason'>;

/**
 * The object in an answer that the server has checked: the schema's own defaults, transforms and refinements, which JSON Schema does not carry,
 * run here. Throws OutputInvalidError, which keeps the text and says what does not fit.
 */
export async function validateOutput<T>(schema: OutputSchema<T>, answer: Answer): Promise<T> {
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch (error) {
    const { text, finishReason, usage } = answer;
    const where = finishReason === 'length' ? 'at its limit' : `by a ${finishReason.replace('-', ' ')}`;
    const next = { length: 'Raise maxOutputTokens.', 'stop-sequence': 'Leave stopSequences out.' }[finishReason as 'length'];
    const isCut = finishReason !== 'stop';
    throw new OutputInvalidError(
      isCut ? `The answer was cut ${where} after ${usage.outputTokens} tokens and is not whole JSON.` : 'The answer is not JSON.',
      { text, finishReason, issues: [{ path: [], message: String(error) }] },
      { cause: error, hint: next ?? 'Ask again, name the fields in the prompt, or use a larger model.' },
    );
  }
  return await validateValue(schema, value, answer);
}

/** The same for a value that was read already. */
export async function validateValue<T>(schema: OutputSchema<T>, value: unknown, answer: CheckedAnswer): Promise<T> {
  const checked = await check(schema, value, answer);
  if (checked.issues === undefined) return checked.value;
  const issues = checked.issues.map((issue) => ({ path: readPath(issue), message: issue.message }));
  const first = issues[0];
  throw new OutputInvalidError(
    `The answer does not fit the schema in ${issues.length} ${issues.length === 1 ? 'place' : 'places'}${first === undefined ? '' : `; first at ${JSON.stringify(first.path.join('.'))}: ${first.message}`}.`,
    { text: answer.text, finishReason: answer.finishReason, issues },
    { hint: 'Ask again, name the fields in the prompt, or make the doubtful fields optional.' },
  );
}

/** What the schema's own checker says. One that follows the value down runs out of stack on an absurd one. */
async function check<T>(schema: OutputSchema<T>, value: unknown, { text, finishReason }: CheckedAnswer): Promise<SchemaResult<T>> {
  try {
    return await schema['~standard'].validate(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OutputInvalidError(
      'The answer is nested too deep to be checked against the schema.',
      { text, finishReason, issues: [{ path: [], message: 'is nested too deep' }] },
      { cause: error, hint: 'Ask for a flatter object.' },
    );
  }
}

function readPath(issue: SchemaIssue): readonly (string | number)[] {
  return (issue.path ?? []).map((entry) => {
    const key = typeof entry === 'object' ? entry.key : entry;
    return typeof key === 'symbol' ? String(key) : key;
  });
}
