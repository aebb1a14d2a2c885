import { expect, test } from 'vitest';
import { createSeededRandom, randomSeed } from '../../../src/generation/seeded-random.ts';

test('gives the same numbers for the same seed, on every machine', () => {
  const random = createSeededRandom(42);
  const first = [random(), random(), random()];
  const again = createSeededRandom(42);
  expect([again(), again(), again()]).toEqual(first);
});

test('tells seeds apart that share their low 32 bits, and signs', () => {
  const seeds = [1, 2 ** 32 + 1, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0];
  expect(new Set(seeds.map((seed) => createSeededRandom(seed)())).size).toBe(seeds.length);
});

test('is uniform over ten bins', () => {
  const random = createSeededRandom(1);
  const bins = new Array<number>(10).fill(0);
  for (let index = 0; index < 100_000; index += 1) {
    const bin = Math.floor(random() * 10);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  expect(bins).toHaveLength(10); // a value outside [0, 1) would have added a bin
  for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(500); // 5 standard deviations
});

test('draws a 32-bit seed for callers who gave none', () => {
  const seeds = Array.from({ length: 4 }, randomSeed);
  expect(new Set(seeds).size).toBe(4);
  for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
});
