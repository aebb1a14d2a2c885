import { expect, test } from 'vitest';
import { createSeededRandom } from '../../../src/generation/seeded-random.ts';
import { selectTop } from '../../../src/generation/select-top.ts';

function top(keys: readonly number[], mass: 'count' | 'keys', target: number): number[] {
  const ids = Uint32Array.from(keys, (_, id) => id);
  const kept = selectTop({ ids, count: ids.length, keys: Float64Array.from(keys) }, mass, target);
  return [...ids.subarray(0, kept)].sort((a, b) => a - b);
}

test('brings the k largest to the front', () => {
  expect(top([4, 9, 1, 7, 8], 'count', 3)).toEqual([1, 3, 4]);
});

test('keeps lower ids among equals', () => {
  expect(top([2, 2, 2, 2], 'count', 2)).toEqual([0, 1]);
});

test('keeps the fewest whose keys reach the target', () => {
  expect(top([0.1, 0.4, 0.3, 0.2], 'keys', 0.7)).toEqual([1, 2]);
  expect(top([0.1, 0.4, 0.3, 0.2], 'keys', 0.71)).toEqual([1, 2, 3]);
});

test('keeps all when the target is beyond the sum', () => {
  expect(top([1, 2], 'count', 5)).toEqual([0, 1]);
  expect(top([1, 2], 'keys', 99)).toEqual([0, 1]);
  expect(top([], 'count', 1)).toEqual([]);
});

test('agrees with sorting on many random inputs, ties and -Infinity among them', () => {
  const random = createSeededRandom(3);
  for (let round = 0; round < 400; round += 1) {
    const size = 1 + Math.floor(random() * 40);
    const keys = Array.from({ length: size }, () => (random() < 0.1 ? Number.NEGATIVE_INFINITY : Math.floor(random() * 8)));
    const wanted = 1 + Math.floor(random() * size);
    const sorted = keys.map((_, id) => id).sort((a, b) => ((keys[a] ?? 0) === (keys[b] ?? 0) ? a - b : (keys[b] ?? 0) - (keys[a] ?? 0)));
    expect(top(keys, 'count', wanted)).toEqual(sorted.slice(0, wanted).sort((a, b) => a - b));
  }
});
