import { expect, test } from 'vitest';
import { type JsonObject, jsonPages, type NanoJsonPage } from '../../../../dev/src/testing/nano-samples.ts';
import { describeIssue, type StructuredPromptOptions, structuredPrompt } from '../../../src/json/structured-prompt.ts';

const instruction = 'Extract the details from the image and structure them into JSON format:';
const receipt = { type: 'object', properties: { company: { type: 'string' }, total: { type: 'string' } } };

/** The whole question as a model without pictures sees it. */
function write({ question, ...options }: StructuredPromptOptions): string {
  const { before, after } = structuredPrompt({ question, ...options });
  return [before, question.trim(), after].filter((text) => text !== '').join('\n');
}

/** The schema of a sample's skeleton, with the notes that stand before it as descriptions. */
function schemaOf(page: NanoJsonPage, notes: ReadonlyMap<string, string>, allowsNull: boolean): JsonObject {
  const outline = (value: unknown): JsonObject => {
    if (Array.isArray(value)) return { type: 'array', items: outline(value[0]) };
    if (typeof value !== 'object' || value === null) return { type: allowsNull ? [typeof value, 'null'] : typeof value };
    return { type: 'object', properties: Object.fromEntries(Object.entries(value).map(([name, part]) => [name, outline(part)])) };
  };
  const properties = Object.entries(page.skeleton).map(([name, part]): [string, JsonObject] => {
    const description = notes.get(name);
    return [name, { ...outline(part), ...(description !== undefined && { description }) }];
  });
  return { type: 'object', properties: Object.fromEntries(properties) };
}

test.each(jsonPages)('writes the very prompt that the small model was trained on, as with $file', (page) => {
  const lines = page.instruction.split('\n');
  const noted = lines.map((line) => /^(\w+): (.+)$/.exec(line)).filter((match) => match !== null);
  const notes = new Map(noted.map(([, name, note]) => [name as string, note as string]));
  const nullLine = 'Use null for what is not visible.';
  const own = lines.filter((line) => line !== nullLine && !notes.has(line.split(': ')[0] as string) && line !== instruction);
  const schema = schemaOf(page, notes, lines.includes(nullLine));
  const layout = page.question.includes('{\n') ? 'indent-2' : 'line';
  expect(write({ question: own.join('\n'), schema, layout })).toBe(page.question);
});

test('has a sentence of its own for a question that does not speak of JSON, or for none', () => {
  const sentence = 'Extract the details from the image and structure them into JSON format:\n{"company": "", "total": ""}';
  expect(write({ question: '', schema: receipt })).toBe(sentence);
  expect(write({ question: ' Read the receipt. ', schema: receipt })).toBe(`Read the receipt.\n${sentence}`);
});

test('leaves an example of the user’s alone', () => {
  const question = 'Give me JSON like this:\n{"company": "Acme"}';
  expect(write({ question, schema: receipt })).toBe(question);
});

test('can indent the example as the model cards do', () => {
  expect(write({ question: 'As JSON:', schema: receipt, layout: 'indent-2' })).toBe('As JSON:\n{\n  "company": "",\n  "total": ""\n}');
  expect(write({ question: 'As JSON:', schema: receipt, layout: 'indent-4' })).toBe('As JSON:\n{\n    "company": "",\n    "total": ""\n}');
});

test('writes nested examples on one line too', () => {
  const schema = { properties: { lines: { items: { properties: { name: {}, price: { type: 'number' } } } }, tags: { type: 'array' } } };
  expect(write({ question: 'JSON:', schema })).toBe('JSON:\n{"lines": [{"name": "", "price": 0}], "tags": []}');
});

test('puts notes and the rule for null between question and example', () => {
  const schema = { properties: { kind: { enum: ['a', 'b'] }, total: { type: ['number', 'null'] } } };
  expect(write({ question: 'What is it?', schema }).split('\n')).toEqual([
    'What is it?',
    'kind: one of "a", "b"',
    'Use null for what is not visible.',
    'Extract the details from the image and structure them into JSON format:',
    '{"kind": "", "total": 0}',
  ]);
});

test('asks without an example when the schema names no fields', () => {
  for (const schema of [{}, { type: 'object' }, { type: 'array' }]) {
    expect(write({ question: '', schema })).toBe('Extract the details from the image and structure them into JSON format.');
  }
});

test('tells what was wrong before, ten issues at most', () => {
  const issues = Array.from({ length: 12 }, (_, index) => ({ path: ['lines', index, 'price'], message: 'must be number' }));
  const lines = write({ question: 'JSON:', schema: receipt, issues }).split('\n');
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
  expect(() => write({ question: '', schema })).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('must be an object or an array'),
      hint: expect.any(String),
    }),
  );
});
