import { expect, test } from 'vitest';
import { findValueSpans } from '../../../src/json/value-spans.ts';

test('finds the text of each value by its path', () => {
  const text =
    'Here: {"total": 12.50, "names": ["A \\"b\\", c", ""], "items": [ {"n\\u0061me" : "x", "ok":true}, {}, {"name":null} ]} done';
  const spans = findValueSpans(text);
  expect([...spans].map(([path, { from, to }]) => [path, text.slice(from, to)])).toEqual([
    ['total', '12.50'],
    ['names[0]', 'A \\"b\\", c'],
    ['names[1]', ''],
    ['items[0].name', 'x'],
    ['items[0].ok', 'true'],
    ['items[2].name', 'null'],
  ]);
});

test.each(['', 'no JSON', '{"a": ', '{"a"', '[1,', '{]', '[[[['])('ends on %j', (text) => {
  expect(findValueSpans(text).size).toBeLessThanOrEqual(1);
});
