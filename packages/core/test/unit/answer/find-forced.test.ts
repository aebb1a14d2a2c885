import { expect, test } from 'vitest';
import { findForced } from '../../../src/answer/find-forced.ts';
import type { ForcedChoice } from '../../../src/generation/forced-choices.ts';

const text = '{"date": "2412-01-01", "total": 1.061, "né": {"list": ["a, b", 7]}, "name": "Smith"}';
const bytesBefore = (part: string): number => Buffer.byteLength(text.slice(0, text.indexOf(part)));

function find(at: number, wanted: string, removed: number = 0.9): unknown {
  const choice: ForcedChoice = { at, wanted, removed };
  return findForced(text, [choice], Buffer.byteLength(text));
}

test.each<[string, number, string, unknown]>([
  ['a text that had to go on otherwise', bytesBefore('12-01'), '.', [['date']]],
  ['a number that ended at its decimal comma', bytesBefore(' "né"'), '29', [['total']]],
  ['a number that had to go on otherwise', bytesBefore('61,'), ',', [['total']]],
  ['an entry of a list, behind a letter of two bytes', bytesBefore('b", 7'), 'x', [['né', 'list', 0]]],
  ['a word in place of a text', bytesBefore(' "Smith"'), ' null', []],
  ['the name of a member', bytesBefore('tal":'), 'x', []],
  ['what follows a number and is no part of one', bytesBefore(', "né"'), '"', []],
  ['the end of the answer', bytesBefore(', "name"'), '}]}', []],
])('finds what the mask changed: %s', (_, at, wanted, expected) => {
  expect(find(at, wanted)).toEqual(expected);
});

test('does not count choices between likely tokens, and counts a value once', () => {
  const at = bytesBefore('12-01');
  expect(find(at, '.', 0.3)).toEqual([]);
  const twice = [at, at + 2].map((place): ForcedChoice => ({ at: place, wanted: '.', removed: 0.9 }));
  expect(findForced(text, twice, Buffer.byteLength(text))).toEqual([['date']]);
});

test('counts from behind the space that a tokenizer puts before its first piece', () => {
  const choice: ForcedChoice = { at: bytesBefore('"2412') + 1, wanted: 'x', removed: 0.9 };
  expect(findForced(text, [choice], Buffer.byteLength(text) + 1)).toEqual([]); // it is the place of the opening quote
  expect(findForced(text, [{ ...choice, at: choice.at + 1 }], Buffer.byteLength(text) + 1)).toEqual([['date']]);
});
