import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import {
  checkAnswer,
  type GeneratedObject,
  type GenerateObjectInput,
  generateObject,
  type ObjectAttempt,
} from '../../../src/json/generate-object.ts';
import { jsonSchema } from '../../../src/json/output-schema.ts';
import type { StructuredPrompt } from '../../../src/json/structured-prompt.ts';

const schema = jsonSchema<{ total: number }>({ type: 'object', properties: { total: { type: 'number' } }, required: ['total'] });

/** A model that answers with the script, and the frames it saw, `|` for the question. */
function scripted(...answers: readonly (string | ObjectAttempt)[]): {
  prompts: string[];
  generateText: (frame: StructuredPrompt) => AsyncGenerator<string, ObjectAttempt, void>;
} {
  const prompts: string[] = [];
  const generateText = async function* ({ before, after }: StructuredPrompt): AsyncGenerator<string, ObjectAttempt, void> {
    prompts.push(`${before}|${after}`);
    yield `asked ${prompts.length}`;
    const answer = answers[prompts.length - 1];
    if (answer === undefined) throw new Error('asked once too often');
    return typeof answer === 'string' ? { text: answer, finishReason: 'stop' } : answer;
  };
  return { prompts, generateText };
}

/** Runs the flow to its end; what it yields on the way is kept in `events`. */
async function drain<T>(input: GenerateObjectInput<T, string>, events: string[] = []): Promise<GeneratedObject<T>> {
  const flow = generateObject(input);
  for (;;) {
    const turn = await flow.next();
    if (turn.done) return turn.value;
    events.push(turn.value);
  }
}

test('passes on what the model yields, attempt after attempt', async () => {
  const events: string[] = [];
  await drain({ schema, question: '', generateText: scripted('no', '{"total": 1}').generateText }, events);
  expect(events).toEqual(['asked 1', 'asked 2']);
});

test('gives the object of an answer that fits, after one attempt', async () => {
  const model = scripted('```json\n{"total": 7}');
  const result = await drain({ schema, question: 'As JSON:', generateText: model.generateText });
  expect(result).toEqual({
    object: { total: 7 },
    text: '```json\n{"total": 7}',
    finishReason: 'stop',
    attempts: 1,
    issues: [],
    steps: ['Removed a code fence before the JSON.'],
  });
  expect(model.prompts).toEqual(['|{"total": 0}']);
  expectTypeOf(result.object).toEqualTypeOf<{ total: number }>();
});

test.each([
  ['{"total": "7"}', 'total: must be number'],
  ['I do not know', 'No "{" or "["'],
  ['{"total": 7,}', 'Expected a key in double quotes'],
])('asks once more when the answer is %s, and tells the model why', async (first, issue) => {
  const model = scripted(first, '{"total": 7}');
  const result = await drain({ schema, question: 'As JSON:', generateText: model.generateText });
  expect(result).toMatchObject({ object: { total: 7 }, attempts: 2, steps: [] });
  expect(result.issues).toHaveLength(1);
  expect(model.prompts).toHaveLength(2);
  expect(model.prompts[1]).toContain(`- ${issue}`);
  expect(model.prompts[1]?.endsWith('Correct this.|{"total": 0}')).toBe(true);
});

test('gives up after the second attempt, with the last text, its issues and numbers', async () => {
  const model = scripted('{}', '{"total": "x"}');
  await expect(drain({ schema, question: '', generateText: model.generateText })).rejects.toMatchObject({
    name: 'OutputInvalidError',
    code: 'OUTPUT_INVALID',
    message: 'The answer does not fit the schema after 2 attempts: total: must be number.',
    text: '{"total": "x"}',
    issues: [{ path: ['total'], message: 'must be number' }],
    finishReason: 'stop',
    hint: expect.any(String),
  });
});

test('does not ask again for an answer that its limit cut off', async () => {
  const model = scripted({ text: '{"total": 7, "no', finishReason: 'length' });
  await expect(drain({ schema, question: '', generateText: model.generateText })).rejects.toMatchObject({
    code: 'OUTPUT_INVALID',
    message: expect.stringContaining('cut at its limit after 16 characters'),
    finishReason: 'length',
    hint: expect.stringContaining('maxOutputTokens'),
  });
  expect(model.prompts).toHaveLength(1);
});

test('takes an answer that was complete before its limit', async () => {
  const model = scripted({ text: '{"total": 7} and so on', finishReason: 'length' });
  expect(await drain({ schema, question: '', generateText: model.generateText })).toMatchObject({
    object: { total: 7 },
    finishReason: 'length',
  });
});

test('asks again when an answer ended too early by itself', async () => {
  const model = scripted('{"total": ', '{"total": 7}');
  expect(await drain({ schema, question: '', generateText: model.generateText })).toMatchObject({ attempts: 2 });
});

test('passes on what the model throws, without another attempt', async () => {
  const reason = new DOMException('stop', 'AbortError');
  let calls = 0;
  // biome-ignore lint/correctness/useYield: it fails before it could
  const generateText = async function* (): AsyncGenerator<string, ObjectAttempt, void> {
    calls += 1;
    throw reason;
  };
  await expect(drain({ schema, question: '', generateText })).rejects.toBe(reason);
  expect(calls).toBe(1);
});

test('refuses a schema that cannot be used before the model is asked', async () => {
  const model = scripted();
  await expect(drain({ schema: jsonSchema({ type: 'string' }), question: '', generateText: model.generateText })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    param: 'schema',
  });
  expect(model.prompts).toEqual([]);
});

test('gives what a zod schema makes of the answer', async () => {
  const day = z.object({ day: z.iso.date().transform((text) => new Date(text)) });
  const { object } = await drain({ schema: day, question: '', generateText: scripted('{"day": "2024-02-29"}').generateText });
  expect(object.day.getUTCFullYear()).toBe(2024);
});

test('one answer can be checked alone', async () => {
  expect(await checkAnswer(schema, '{"total": 1}')).toEqual({ object: { total: 1 }, steps: [] });
  expect(await checkAnswer(schema, '{"total":')).toMatchObject({ isCutOff: true, issues: [{ path: [] }] });
});
