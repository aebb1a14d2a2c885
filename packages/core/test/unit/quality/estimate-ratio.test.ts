import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../src/generation/seeded-random.ts';
import { estimateProportion, estimateRatio } from '../../../src/quality/estimate-ratio.ts';

describe('estimateRatio', () => {
  it('divides sums by sums: a long page counts more than a short one', () => {
    expect(
      estimateRatio([
        { sum: 1, weight: 1 },
        { sum: 0, weight: 9 },
      ]).value,
    ).toBe(0.1);
  });

  it('has no width where all pages agree, and none is known from one page', () => {
    const page = { sum: 2, weight: 4 };
    expect(estimateRatio([page, page, page])).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
    expect(estimateRatio([page])).toEqual({ value: 0.5, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY });
  });

  it('prints the same interval for the same measurement', () => {
    const pages = Array.from({ length: 20 }, (_, i) => ({ sum: i % 3, weight: 3 }));
    expect(estimateRatio(pages)).toEqual(estimateRatio(pages));
  });

  it('holds the true value in about 95 of 100 measurements', () => {
    const random = createSeededRandom(5);
    let held = 0;
    for (let trial = 0; trial < 100; trial += 1) {
      const pages = Array.from({ length: 60 }, () => ({ sum: random(), weight: 1 })); // uniform: the true mean is 0.5
      const { low, high } = estimateRatio(pages);
      if (low <= 0.5 && 0.5 <= high) held += 1;
    }
    expect(held).toBeGreaterThanOrEqual(88);
    expect(held).toBeLessThan(100);
  });

  it('widens when the positions of a page go wrong together', () => {
    const scattered = Array.from({ length: 20 }, () => ({ sum: 1, weight: 10 }));
    const together = Array.from({ length: 20 }, (_, i) => ({ sum: i < 2 ? 10 : 0, weight: 10 }));
    const [even, clustered] = [estimateRatio(scattered), estimateRatio(together)];
    expect(even.value).toBe(clustered.value);
    expect(clustered.high - clustered.low).toBeGreaterThan(even.high - even.low);
  });
});

describe('estimateProportion', () => {
  it('does not promise perfection from a perfect sample', () => {
    const { value, low, high } = estimateProportion(Array.from({ length: 10 }, () => ({ sum: 10, weight: 10 })));
    expect([value, high]).toEqual([1, 1]);
    expect(low).toBeCloseTo(0.963, 3); // Wilson, 100 of 100
  });

  it('is as wide as the pages are different', () => {
    const pages = Array.from({ length: 20 }, (_, i) => ({ sum: i < 2 ? 0 : 100, weight: 100 }));
    expect(estimateProportion(pages)).toMatchObject({ value: 0.9, low: estimateRatio(pages).low });
  });
});
