import {
  addTimings,
  addUsage,
  type DeepPartial,
  type GenerateResult,
  type GenerationEvent,
  OutputInvalidError,
  type OutputSchema,
  PartialJsonReader,
  type ProgressEvent,
  parsePartialJson,
  type ValueFlags,
  type Warning,
} from '@h2ovl/contract';
import type { ForcedChoices } from '../generation/forced-choices.ts';
import type { TextEvent } from '../generation/generate-text.ts';
import { cutAnswers } from '../json/cut-answers.ts';
import type { GeneratedObject } from '../json/generate-object.ts';
import { validateOutput } from '../json/output-schema.ts';
import { describeIssue, writePath } from '../json/structured-prompt.ts';
import type { EnforcedSchema } from './constraint-source.ts';
import { findForced } from './find-forced.ts';
import { roundTimings } from './round-timings.ts';

/** An answer before anything was read out of it. */
export type TextAnswer = Omit<GenerateResult, 'object'>;

/** Adds the growing object to the text of an answer that can be nothing but JSON. */
export async function* withObjects<T>(events: AsyncGenerator<TextEvent, TextAnswer>): AsyncGenerator<GenerationEvent<T>, TextAnswer> {
  const reader = new PartialJsonReader();
  try {
    for (;;) {
      const turn = await events.next();
      if (turn.done) return turn.value;
      yield turn.value;
      if (turn.value.type !== 'text-delta') continue;
      if (!reader.push(turn.value.delta)) continue;
      yield { type: 'object-delta', partial: reader.value as DeepPartial<T> }; // it begins a value of the schema
    }
  } finally {
    await events.return(undefined as never); // the reader left: so does the work
  }
}

/**
 * The object of an answer that was held to its schema.
 * @throws OutputInvalidError when it was cut, or when the schema has conditions that JSON Schema does not know
 */
export async function readEnforced<T>(
  schema: OutputSchema<T>,
  answer: TextAnswer,
  enforced: EnforcedSchema,
  choices: ForcedChoices,
): Promise<Pick<GenerateResult<T>, 'object' | 'warnings' | 'truncated' | 'forced'>> {
  const { text, finishReason } = answer;
  if (finishReason !== 'stop') {
    const kept = answer.loop === undefined ? text : text.slice(0, answer.loop.from);
    const partial = parsePartialJson(kept);
    throw new OutputInvalidError(
      `The answer was cut ${whereCut(answer)}, before its JSON was complete.`,
      { text, finishReason, issues: [{ path: [], message: 'the JSON is not complete' }], partial },
      { hint: cutAnswers[finishReason].hint },
    );
  }
  const checked = await validateOutput(schema, JSON.parse(text) as unknown);
  if ('issues' in checked) {
    const [first] = checked.issues;
    throw new OutputInvalidError(
      `The answer does not meet a condition of the schema that JSON Schema cannot say: ${first === undefined ? 'it was refused' : describeIssue(first)}.`,
      { text, finishReason, issues: checked.issues },
      { hint: "Loosen the condition, or set enforcement to 'after' to have the model asked once more." },
    );
  }
  const flags = flagValues(text, enforced, choices);
  return { object: checked.value, ...flags, warnings: [...answer.warnings, ...flags.warnings] };
}

function whereCut({ finishReason, usage, loop }: TextAnswer): string {
  if (finishReason === 'length') return `at its limit of ${usage.outputTokens} tokens`;
  if (loop !== undefined) return `since it went round in circles (${loop.copies} times the same)`;
  return finishReason === 'stop' ? 'at its end' : cutAnswers[finishReason].where;
}

/** What the schema may have done to values of a complete answer that was held to it. */
export function flagValues(text: string, enforced: EnforcedSchema, choices: ForcedChoices): ValueFlags & Pick<GenerateResult, 'warnings'> {
  const truncated = enforced.truncated(text).map(writePath);
  const forced = findForced(text, choices.all, choices.length).map(writePath);
  const messages = [
    ...truncated.map((path) => `${path} reached the largest size an answer may have; it may go on.`),
    ...forced.map((path) => `${path} is not what the model would have written without the schema: compare it with the page.`),
  ];
  const warnings = messages.map((message): Warning => ({ type: 'schema', message }));
  return { warnings, ...(truncated.length > 0 && { truncated }), ...(forced.length > 0 && { forced }) };
}

/** Lets progress through and keeps text back. */
export async function* onlyProgress<R>(events: AsyncGenerator<TextEvent, R>): AsyncGenerator<ProgressEvent, R> {
  try {
    for (;;) {
      const turn = await events.next();
      if (turn.done) return turn.value;
      if (turn.value.type === 'progress') yield turn.value;
    }
  } finally {
    await events.return(undefined as never); // the reader left: so does the work
  }
}

/** What all attempts cost, with the text of the one that counts. */
export function sumAnswers(
  answers: readonly TextAnswer[],
  made: GeneratedObject<unknown>,
  flags: ValueFlags & Pick<GenerateResult, 'warnings'> = { warnings: [] },
): TextAnswer {
  const last = answers.at(-1) as TextAnswer;
  const usage = answers.map((answer) => answer.usage).reduce(addUsage);
  const timings = roundTimings(answers.map((answer) => answer.timings).reduce(addTimings));
  const asked: Warning[] =
    made.attempts > 1
      ? [{ type: 'schema', message: `The first answer did not fit the schema; the model was asked ${made.attempts} times.` }]
      : [];
  const steps = made.steps.map((message): Warning => ({ type: 'schema', message }));
  const warnings = [...last.warnings, ...asked, ...steps, ...flags.warnings];
  return { ...last, ...flags, text: made.text, usage, timings, warnings };
}
