import { describe, expect, it } from 'vitest';
import { compareReadings, type ModelReading } from '../../../src/quality/compare-readings.ts';

const reading = (logits: readonly (readonly number[])[], features: Record<string, readonly number[]> = {}): ModelReading => ({
  // two passages of as many positions each; the text is always token 0
  passages: [0, 1].map(() => ({ continuation: logits.map(() => 0), logits: logits.map((values) => Float32Array.from(values)) })),
  features: new Map(Object.entries(features).map(([digest, values]) => [digest, Float32Array.from(values)])),
});

describe('compareReadings', () => {
  it('counts agreement over all positions and remembers the clearest choice that was lost', () => {
    const reference = reading([
      [3, 0, 0],
      [1, 0, 0],
      [0.5, 0, 0],
      [4, 0, 0],
    ]);
    const candidate = reading([
      [3, 0, 0],
      [0, 2, 0],
      [0, 2, 0],
      [4, 0, 0],
    ]);
    const result = compareReadings(reference, candidate);
    expect(result).toMatchObject({ passages: 2, positions: 8, largestLostMargin: 1, agreement: { value: 0.5 }, features: undefined });
    expect(result.divergence.value).toBeGreaterThan(0);
    expect(result.lossIncrease.value).toBeGreaterThan(0);
  });

  it('has nothing to say against a model compared with itself', () => {
    const same = reading([[1, 2, 3]], { tile: [1, 2] });
    expect(compareReadings(same, same)).toMatchObject({
      agreement: { value: 1 },
      divergence: { value: 0, low: 0, high: 0 },
      lossIncrease: { value: 0 },
      largestLostMargin: null,
      features: { tiles: 1, identicalTiles: 1, smallestCosine: 1 },
    });
  });

  it('compares features of the same tile, by angle', () => {
    const reference = reading([[1, 0]], { a: [1, 0], b: [1, 1] });
    const candidate = reading([[1, 0]], { b: [2, 2], a: [1, 1] });
    const { features } = compareReadings(reference, candidate);
    expect(features).toMatchObject({ tiles: 2, identicalTiles: 0 });
    expect(features?.smallestCosine).toBeCloseTo(Math.SQRT1_2, 6);
    expect(features?.meanCosine).toBeCloseTo((1 + Math.SQRT1_2) / 2, 6);
  });
});
