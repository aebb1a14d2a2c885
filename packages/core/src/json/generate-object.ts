import { OutputInvalidError, type OutputIssue, type OutputSchema } from '@h2ovl/contract';
import type { JsonLayout } from '../model-files/manifest.ts';
import { checkJson } from './check-json.ts';
import { cutAnswers } from './cut-answers.ts';
import { toJsonSchema, validateOutput } from './output-schema.ts';
import { asSchemaFault } from './schema-fault.ts';
import { describeIssue, type StructuredPrompt, structuredPrompt } from './structured-prompt.ts';

/** One answer of the model, as text. */
export interface ObjectAttempt {
  readonly text: string;
  /** 'length' when the answer was cut at its limit. */
  readonly finishReason: string;
}

export interface GenerateObjectInput<T, Event = never> {
  readonly schema: OutputSchema<T>;
  /** The user's question, without its pictures; may be empty. */
  readonly question: string;
  /** How the example in the prompt is written. @default 'line' */
  readonly layout?: JsonLayout;
  /** Asks the model, with the frame around its question. `attempt` counts from 1. What it yields and throws comes out as it is. */
  readonly generateText: (frame: StructuredPrompt, attempt: number) => AsyncGenerator<Event, ObjectAttempt, void>;
}

export interface GeneratedObject<T> {
  readonly object: T;
  /** The answer that fitted, as the model wrote it. */
  readonly text: string;
  readonly finishReason: string;
  /** 1, or 2 when the first answer did not fit. */
  readonly attempts: number;
  /** What was wrong with the first answer; empty when there was nothing. */
  readonly issues: readonly OutputIssue[];
  /** What was set aside to read the answer, a sentence each. */
  readonly steps: readonly string[];
}

/** An answer that fits, or what is wrong with it. */
export type CheckedAnswer<T> =
  | { readonly object: T; readonly steps: readonly string[]; readonly issues?: never }
  | { readonly issues: readonly OutputIssue[]; readonly isCutOff: boolean; readonly object?: never };

const maxAttempts = 2;

/**
 * Asks for an object: schema in the prompt, answer checked, asked once more with the errors when it does not fit. An answer that was cut at its
 * limit is not asked for again, since it would be cut again.
 *
 * @throws OutputInvalidError with the last text when no answer fits; VisionError `INVALID_ARGUMENT` for a schema that cannot be used.
 */
export async function* generateObject<T, Event = never>(
  input: GenerateObjectInput<T, Event>,
): AsyncGenerator<Event, GeneratedObject<T>, void> {
  const { schema, question, layout = 'line', generateText } = input;
  const source = asSchemaFault(() => toJsonSchema(schema));
  let issues: readonly OutputIssue[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const frame = asSchemaFault(() => structuredPrompt({ question, schema: source, issues, layout }));
    const { text, finishReason } = yield* generateText(frame, attempt);
    const checked = await checkAnswer(schema, text);
    if (checked.issues === undefined)
      return { object: checked.object, text, finishReason, attempts: attempt, issues, steps: checked.steps };
    const isCut = checked.isCutOff && finishReason in cutAnswers;
    if (isCut || attempt === maxAttempts) throw invalidOutput({ text, finishReason, issues: checked.issues }, attempt, isCut);
    issues = checked.issues;
  }
}

/** Reads the JSON of an answer and checks it against the schema. */
export async function checkAnswer<T>(schema: OutputSchema<T>, text: string): Promise<CheckedAnswer<T>> {
  const json = checkJson(text);
  if (json.type !== 'json') return { issues: [{ path: [], message: json.message }], isCutOff: json.type === 'cut-off' };
  const checked = await validateOutput(schema, json.value);
  return 'issues' in checked ? { issues: checked.issues, isCutOff: false } : { object: checked.value, steps: json.steps };
}

type Failure = ObjectAttempt & { readonly issues: readonly OutputIssue[] };

function invalidOutput(failure: Failure, attempts: number, isCut: boolean): OutputInvalidError {
  const [first, ...others] = failure.issues;
  const problem = `${first === undefined ? 'it was refused' : describeIssue(first)}${others.length > 0 ? ` (and ${others.length} more)` : ''}`;
  const cut = isCut ? cutAnswers[failure.finishReason as keyof typeof cutAnswers] : undefined;
  const message = cut
    ? `The answer was cut ${cut.where} after ${failure.text.length} characters: ${problem}.`
    : `The answer does not fit the schema after ${attempts} attempts: ${problem}.`;
  const hint = cut ? cut.hint : 'Look at the text in `text`; ask for fewer or looser fields, or a clearer question.';
  return new OutputInvalidError(message, failure, { hint });
}
