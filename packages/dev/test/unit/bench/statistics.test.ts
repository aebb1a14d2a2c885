import { expect, test } from 'vitest';
import { median, summarize } from '../../../src/bench/statistics.ts';

test('takes the middle of an odd number of samples, in any order', () => {
  expect(summarize([9, 1, 4])).toEqual({ n: 3, median: 4, min: 1, max: 9 });
});

test('takes the mean of the middle two of an even number', () => {
  expect(median([10, 2, 4, 100])).toBe(7);
});

test('leaves the samples in the order they came', () => {
  const samples = [3, 1, 2];
  summarize(samples);
  expect(samples).toEqual([3, 1, 2]);
});

test('summarizes a single sample by itself', () => {
  expect(summarize([5])).toEqual({ n: 1, median: 5, min: 5, max: 5 });
});

test('refuses to summarize nothing', () => {
  expect(() => summarize([])).toThrow(RangeError);
});
