import { expect, test } from 'vitest';
import { checkJson } from '../../../src/json/check-json.ts';
import { scanJson } from '../../../src/json/scan-json.ts';

test('reads plain JSON without any step', () => {
  expect(checkJson(' {"a": [1, -2.5e3, true, null, "x\\n\\u00e9"]} ')).toEqual({
    type: 'json',
    value: { a: [1, -2500, true, null, 'x\né'] },
    steps: [],
  });
});

test('takes a fence away and says so', () => {
  expect(checkJson('```json\n{"a": 1}\n```')).toEqual({
    type: 'json',
    value: { a: 1 },
    steps: ['Removed a code fence before the JSON.', 'Removed a code fence after the JSON.'],
  });
});

test('sets words around the JSON aside and says how many characters', () => {
  expect(checkJson('Here: [1] Bye')).toEqual({
    type: 'json',
    value: [1],
    steps: ['Ignored 5 characters before the JSON.', 'Ignored 3 characters after the JSON.'],
  });
});

test('takes the first value alone when two follow each other, and brackets in strings for what they are', () => {
  expect(checkJson('{"a": "}]```"}{"b": 2}')).toMatchObject({ value: { a: '}]```' }, steps: ['Ignored 8 characters after the JSON.'] });
});

test('says when there is no JSON', () => {
  expect(checkJson('I see none')).toEqual({
    type: 'none',
    message: 'No "{" or "[" in the answer of 10 characters',
    position: 10,
    steps: [],
  });
  expect(checkJson('')).toMatchObject({ type: 'none', position: 0 });
});

test.each([
  ['{"a": 1', 'The text ends where "," or "}" must come'],
  ['{"a": "x', 'The text ends inside a string'],
  ['{"a": "x\\', 'The text ends inside an escape'],
  ['{"a": "x\\u00', 'The text ends inside an escape'],
  ['{"a":', 'The text ends where a value must come'],
  ['{"a": tru', 'The text ends inside a value'],
  ['{"a": 1.', 'The text ends inside a value'],
  ['{"a": -', 'The text ends inside a value'],
  ['{', 'The text ends where a key in double quotes must come'],
  ['[1,', 'The text ends where a value must come'],
])('calls %s cut off', (text, message) => {
  expect(checkJson(text)).toMatchObject({ type: 'cut-off', position: text.length, message: expect.stringContaining(message) });
});

test.each([
  ['{"a": 1,}', 8, 'Expected a key in double quotes, found "}"'],
  ["{'a': 1}", 1, 'Expected a key in double quotes, found "\'"'],
  ['{"a" 1}', 5, 'Expected ":", found "1"'],
  ['{"a": 01}', 7, 'Expected "," or "}", found "1"'],
  ['{"a": +1}', 6, 'Expected a value, found "+"'],
  ['{"a": NaN}', 6, 'Expected a value, found "N"'],
  ['[1 2]', 3, 'Expected "," or "]", found "2"'],
  ['[1}', 2, 'Expected "," or "]", found "}"'],
  ['{"a": "x\ny"}', 8, 'A line break or control character (10) inside a string'],
  ['{"a": "\\x"}', 7, 'An escape that JSON does not have'],
  ['{"a": "\\u00g0"}', 7, 'An escape that JSON does not have'],
  ['{"a": 1, "\\u0061": 2}', 9, 'The key "a" occurs twice'],
  ['[sic] {"a": 1}', 1, 'Expected a value, found "s"'],
])('reports %s with its place and repairs nothing', (text, position, message) => {
  expect(checkJson(text)).toMatchObject({ type: 'malformed', position, message: expect.stringContaining(message) });
});

test('counts lines and columns from 1, from the start of the whole text', () => {
  expect(checkJson('so:\n{\n  "a": x }')).toMatchObject({
    message: 'Expected a value, found "x" at line 3, column 8 (character 13)',
    position: 13,
  });
});

test('refuses brackets without end', () => {
  expect(checkJson('['.repeat(100_000))).toMatchObject({ type: 'malformed', message: expect.stringContaining('More than 256 levels') });
  expect(checkJson(`${'['.repeat(257)}${']'.repeat(257)}`)).toMatchObject({ type: 'json' });
});

test('keeps a key called __proto__ as data', () => {
  const checked = checkJson('{"__proto__": {"a": 1}}');
  expect(checked.type === 'json' && Object.keys(checked.value as object)).toEqual(['__proto__']);
});

test('agrees with JSON.parse on what is JSON, for mutations of a document', () => {
  const document = '{"a": [1, 2.5e-3, "x\\"\\u00e9"], "b": {"c": null, "d": false}, "e": ""}';
  for (let place = 0; place < document.length; place += 1) {
    for (const character of ['', '"', ',', '}', '0', '\\', ' ', 'e']) {
      const text = document.slice(0, place) + character + document.slice(place + 1);
      const scanned = scanJson(text, 0);
      const isDuplicate = scanned.problem?.message.includes('occurs twice') ?? false; // JSON.parse does not mind
      const isWhole = scanned.end !== undefined && text.slice(scanned.end).trim() === '';
      expect([text, isWhole || isDuplicate]).toEqual([text, parses(text)]);
    }
  }
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
