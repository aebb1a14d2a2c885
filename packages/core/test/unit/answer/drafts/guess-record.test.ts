import { expect, it } from 'vitest';
import { GuessRecord } from '../../../../src/answer/drafts/guess-record.ts';

function shareAfter(guesses: string): number {
  const record = new GuessRecord();
  for (const guess of guesses) {
    record.add([guess === '+' ? 7 : 8, 9]);
    record.accept(7);
  }
  return record.share;
}

it('is the share of the guesses whose first token was right, a half before the first', () => {
  expect(shareAfter('')).toBe(0.5);
  expect(shareAfter('+'.repeat(200))).toBeGreaterThan(0.99);
  expect(shareAfter('-'.repeat(200))).toBeLessThan(0.01);
  expect(shareAfter('+-'.repeat(100))).toBeCloseTo(0.5, 1);
});

it('forgets: what is wrong twelve times after a hundred right ones is right in less than two thirds of the cases', () => {
  expect(shareAfter('+'.repeat(100) + '-'.repeat(12))).toBeLessThan(0.66);
  expect(shareAfter('-'.repeat(100) + '+'.repeat(12))).toBeGreaterThan(0.34);
});

it('counts each guess once, at the next token, and nothing where there was none', () => {
  const record = new GuessRecord();
  record.add([]);
  record.accept(1);
  expect(record.share).toBe(0.5);
  record.add([1]);
  record.add([1]);
  for (const token of [1, 2, 3, 4]) record.accept(token);
  expect(record.share).toBeGreaterThan(0.7);
});
