import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeIssue, structuredPrompt } from '../../../src/json/structured-prompt.ts';

const receipt = { type: 'object', properties: { company: { type: 'string' }, total: { type: 'string' } } };

function strings(names: readonly string[]): Record<string, unknown> {
  return { type: 'object', properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) };
}

test('writes the very prompts that the small model was trained on', () => {
  const samples = JSON.parse(readFileSync(new URL('../../../../nano/samples/index.json', import.meta.url), 'utf8')) as {
    question: string;
  }[];
  const questions = samples.map(({ question }) => question).filter((question) => question.includes('JSON'));
  expect(questions.length).toBeGreaterThan(0);
  for (const question of questions) {
    const [sentence = '', example = ''] = question.split('\n');
    const names = Object.keys(JSON.parse(example) as object);
    expect(structuredPrompt({ prompt: sentence, schema: strings(names) })).toBe(question);
  }
});

test('has a sentence of its own for a question that does not speak of JSON, or for none', () => {
  const sentence = 'Extract the details from the image and structure them into JSON format:\n{"company": "", "total": ""}';
  expect(structuredPrompt({ prompt: '', schema: receipt })).toBe(sentence);
  expect(structuredPrompt({ prompt: ' Read the receipt. ', schema: receipt })).toBe(`Read the receipt.\n${sentence}`);
});

test('leaves an example of the user’s alone', () => {
  const prompt = 'Give me JSON like this:\n{"company": "Acme"}';
  expect(structuredPrompt({ prompt, schema: receipt })).toBe(prompt);
});

test('can indent the example as the model cards do', () => {
  expect(structuredPrompt({ prompt: 'As JSON:', schema: receipt, layout: 'indented' })).toBe(
    'As JSON:\n{\n  "company": "",\n  "total": ""\n}',
  );
});

test('writes nested examples on one line too', () => {
  const schema = { properties: { lines: { items: { properties: { name: {}, price: { type: 'number' } } } }, tags: { type: 'array' } } };
  expect(structuredPrompt({ prompt: 'JSON:', schema })).toBe('JSON:\n{"lines": [{"name": "", "price": 0}], "tags": []}');
});

test('puts notes and the rule for null between question and example', () => {
  const schema = { properties: { kind: { enum: ['a', 'b'] }, total: { type: ['number', 'null'] } } };
  expect(structuredPrompt({ prompt: 'What is it?', schema }).split('\n')).toEqual([
    'What is it?',
    'kind: one of "a", "b"',
    'Use null for what is not visible.',
    'Extract the details from the image and structure them into JSON format:',
    '{"kind": "", "total": 0}',
  ]);
});

test('asks without an example when the schema names no fields', () => {
  for (const schema of [{}, { type: 'object' }, { type: 'array' }]) {
    expect(structuredPrompt({ prompt: '', schema })).toBe('Extract the details from the image and structure them into JSON format.');
  }
});

test('tells what was wrong before, ten issues at most', () => {
  const issues = Array.from({ length: 12 }, (_, index) => ({ path: ['lines', index, 'price'], message: 'must be number' }));
  const lines = structuredPrompt({ prompt: 'JSON:', schema: receipt, issues }).split('\n');
  expect(lines).toHaveLength(14);
  expect(lines.slice(0, 2)).toEqual(['An earlier answer was wrong:', '- lines[0].price: must be number']);
  expect(lines.slice(-3)).toEqual(['Correct this.', 'JSON:', '{"company": "", "total": ""}']);
});

test('an issue is one short line, whatever stands in it', () => {
  expect(describeIssue({ path: [], message: 'must be\nobject' })).toBe('must be object');
  expect(describeIssue({ path: ['a', 'b', 0], message: 'no' })).toBe('a.b[0]: no');
  expect(describeIssue({ path: ['x'.repeat(500)], message: 'no' })).toHaveLength(200);
});

test.each([{ type: 'string' }, { type: 'number' }, { enum: ['a'] }, { type: 'null' }])('refuses the root %o', (schema) => {
  expect(() => structuredPrompt({ prompt: '', schema })).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('must be an object or an array'),
      hint: expect.any(String),
    }),
  );
});
