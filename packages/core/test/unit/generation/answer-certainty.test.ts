import { expect, test } from 'vitest';
import { TokenCertainty } from '../../../src/generation/answer-certainty.ts';
import { logSumExp } from '../../../src/generation/log-sum-exp.ts';

test('the logarithm of a sum of odds is that of the sum, of small and large logits alike', () => {
  const logits = Float32Array.from({ length: 32_000 }, (_, token) => Math.sin(token * 7.3) * 12);
  const exact = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
  expect(logSumExp(logits)).toBeCloseTo(exact, 5);
  expect(logSumExp(logits.map((logit) => logit + 500))).toBeCloseTo(exact + 500, 3);
  expect(logSumExp(Float32Array.of(3, Number.NEGATIVE_INFINITY))).toBe(3);
});

test('keeps how likely each piece was, by the characters of the text', () => {
  const pieces: readonly (readonly [string, number])[] = [
    ['Tot', -0.1],
    ['al ', -0.3],
    ['', -0.2], // half a character
    ['é ', -2],
    ['{"a":', Number.NaN], // given, not chosen
    [' 7', -0.5],
  ];
  const certainty = new TokenCertainty(() => pieces.map(([text]) => text).join(''));
  for (const [text, logProbability] of pieces) certainty.add(text.length, logProbability);
  expect(certainty.meanLogProbability).toBeCloseTo(-3.1 / 5);
  expect(certainty.logProbabilityOf(0, 3)).toBeCloseTo(-0.1);
  expect(certainty.logProbabilityOf(0, 5)).toBeCloseTo(-0.2);
  expect(certainty.logProbabilityOf(8, 13)).toBeUndefined();
  expect(certainty.logProbabilityOf(9, 15)).toBeCloseTo(-0.5);
  expect(certainty.leastCertain).toEqual([
    { text: 'é', from: 6, to: 7, logProbability: -2 },
    { text: '7', from: 14, to: 15, logProbability: -0.5 },
    { text: 'Total', from: 0, to: 5, logProbability: -0.3 },
  ]);
});

test('names five words at most, the least certain one first', () => {
  const words = Array.from({ length: 30 }, (_, index) => `w${index} `);
  const certainty = new TokenCertainty(() => words.join(''));
  for (const [index, word] of words.entries()) certainty.add(word.length, -((index * 7) % 30) / 10);
  expect(certainty.leastCertain.map(({ logProbability }) => logProbability)).toEqual([-2.9, -2.8, -2.7, -2.6, -2.5]);
});

test('of no tokens there is nothing to say', () => {
  const certainty = new TokenCertainty(() => '');
  expect([certainty.meanLogProbability, certainty.leastCertain, certainty.logProbabilityOf(0, 1)]).toEqual([0, [], undefined]);
});
