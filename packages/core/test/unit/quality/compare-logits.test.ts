import { describe, expect, it } from 'vitest';
import { bestTwo, compareLogits } from '../../../src/quality/compare-logits.ts';

/** Logits whose softmax is these probabilities; the shift must not matter. */
const logits = (probabilities: readonly number[], shift = 0): Float32Array => Float32Array.from(probabilities, (p) => Math.log(p) + shift);

describe('compareLogits', () => {
  it('finds no difference between equal logits, wherever their zero is', () => {
    const result = compareLogits(logits([0.5, 0.25, 0.25]), logits([0.5, 0.25, 0.25], 7), 1);
    expect(result.agrees).toBe(true);
    expect(result.divergence).toBeCloseTo(0, 6);
    expect(result.referenceMargin).toBeCloseTo(Math.log(2), 6);
    expect(result.referenceLoss).toBeCloseTo(Math.log(4), 6);
    expect(result.candidateLoss).toBeCloseTo(Math.log(4), 6);
  });

  it('computes the divergence from the reference, which is not the one from the candidate', () => {
    const [p, q] = [logits([0.5, 0.5]), logits([0.75, 0.25])];
    expect(compareLogits(p, q, 0).divergence).toBeCloseTo(0.5 * Math.log(0.5 / 0.75) + 0.5 * Math.log(0.5 / 0.25), 6);
    expect(compareLogits(q, p, 0).divergence).toBeCloseTo(0.75 * Math.log(0.75 / 0.5) + 0.25 * Math.log(0.25 / 0.5), 6);
  });

  it('sees when another token comes first, and how far ahead the lost one was', () => {
    const result = compareLogits(Float32Array.of(1, 3, 0), Float32Array.of(3, 1, 0), 0);
    expect([result.agrees, result.referenceMargin]).toEqual([false, 2]);
    expect(result.candidateLoss).toBeLessThan(result.referenceLoss);
  });

  it('stays finite for logits far apart', () => {
    const result = compareLogits(Float32Array.of(1000, -1000), Float32Array.of(-1000, 1000), 1);
    expect(result.divergence).toBe(2000);
    expect([result.referenceLoss, result.candidateLoss]).toEqual([2000, 0]);
  });
});

describe('bestTwo', () => {
  it('takes the first of equals, as greedy decoding does', () => {
    expect(bestTwo(Float32Array.of(1, 5, 5, 2))).toEqual([1, 0]);
    expect(bestTwo(Float32Array.of(5, 1, 3))).toEqual([0, 2]);
  });
});
