import { expect, test } from 'vitest';
import { createSampler, findBestToken } from '../../../src/generation/sampler.ts';
import { createSeededRandom } from '../../../src/generation/seeded-random.ts';

const all = { temperature: 1, topK: Number.POSITIVE_INFINITY, topP: 1 };
const never = (): number => {
  throw new Error('greedy mode draws no number');
};

/** Share of each token over many draws. */
function shares(sample: (logits: Float32Array) => number, logits: readonly number[], draws = 20_000): number[] {
  const counts = logits.map(() => 0);
  for (let index = 0; index < draws; index += 1) {
    const token = sample(Float32Array.from(logits));
    counts[token] = (counts[token] ?? 0) + 1;
  }
  return counts.map((count) => count / draws);
}

/** The plain definition: sort, cut, renormalise. */
function expectedShares(logits: readonly number[], temperature: number, topK: number, topP: number): number[] {
  const order = logits.map((_, id) => id).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
  const ranked = order.slice(0, topK);
  const weights = ranked.map((id) => Math.exp((logits[id] ?? 0) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const result = logits.map(() => 0);
  let mass = 0;
  for (const [place, id] of ranked.entries()) {
    if (mass >= topP * total) break;
    result[id] = weights[place] ?? 0;
    mass += weights[place] ?? 0;
  }
  return result.map((weight) => weight / mass);
}

test('takes the largest logit', () => {
  expect(findBestToken(Float32Array.of(-3, 2, 7, 6))).toBe(2);
});

test('takes the lowest id on ties', () => {
  expect(findBestToken(Float32Array.of(1, 4, 4, 4))).toBe(1);
});

test('passes over excluded tokens', () => {
  expect(findBestToken(Float32Array.of(Number.NEGATIVE_INFINITY, -50))).toBe(1);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses a logit of %s wherever it stands, and names the token', (value) => {
  for (const place of [0, 1, 2]) {
    const logits = Float32Array.of(3, 1, 2);
    logits[place] = value;
    expect(() => findBestToken(logits)).toThrow(
      expect.objectContaining({ code: 'SESSION_FAILED', message: expect.stringContaining(`token ${place} of 3`) }),
    );
  }
});

test('says that nothing is left when every token is excluded', () => {
  expect(() => findBestToken(new Float32Array(4).fill(Number.NEGATIVE_INFINITY))).toThrow(
    expect.objectContaining({ code: 'SESSION_FAILED', message: expect.stringContaining('All 4 tokens') }),
  );
});

test.each([{ temperature: 0 }, { topK: 1 }])('is greedy, without a random number, with %o', (option) => {
  expect(createSampler({ ...all, ...option, random: never })(Float32Array.of(1, 3, 2))).toBe(1);
});

const logits = [0.5, 2, -1, 1.5, 2, 0];
test.each([
  { temperature: 1, topK: 6, topP: 1 },
  { temperature: 0.5, topK: 6, topP: 1 },
  { temperature: 2, topK: 3, topP: 1 },
  { temperature: 1, topK: 6, topP: 0.6 },
  { temperature: 1, topK: 4, topP: 0.7 },
  { temperature: 1, topK: 2, topP: 0.3 },
  { temperature: 1, topK: 99, topP: 0.95 },
])('draws as the definition says with %o', (options) => {
  const sample = createSampler({ ...options, random: createSeededRandom(7) });
  const expected = expectedShares(logits, options.temperature, options.topK, options.topP);
  for (const [id, share] of shares(sample, logits).entries()) {
    expect(Math.abs(share - (expected[id] ?? 0))).toBeLessThan(0.015); // 4 standard deviations of 20,000 draws
    if (expected[id] === 0) expect(share).toBe(0);
  }
});

test('keeps the lower id when the last place is tied', () => {
  const sample = createSampler({ ...all, topK: 2, random: createSeededRandom(1) });
  expect(shares(sample, [1, 5, 1, 1], 2000).map((share) => share > 0)).toEqual([true, true, false, false]);
});

test('a tiny top-p leaves the best token alone', () => {
  const sample = createSampler({ ...all, topP: 1e-9, random: createSeededRandom(1) });
  expect(shares(sample, [1, 2, 3], 200)).toEqual([0, 0, 1]);
});

test('never draws an excluded token, even if top-k has room for it', () => {
  const sample = createSampler({ ...all, topK: 3, random: createSeededRandom(1) });
  expect(shares(sample, [1, Number.NEGATIVE_INFINITY, 1, Number.NEGATIVE_INFINITY], 500).map((share) => share > 0)).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test('both ends of the random range give a token that takes part', () => {
  for (const uniform of [0, 1 - 2 ** -53]) {
    const sample = createSampler({ ...all, topK: 2, random: () => uniform });
    expect([1, 2]).toContain(sample(Float32Array.of(-9, 3, 3, -9)));
  }
});

test('gives the same tokens for the same seed and others for another', () => {
  const run = (seed: number): number[] => {
    const sample = createSampler({ ...all, random: createSeededRandom(seed) });
    return Array.from({ length: 40 }, () => sample(new Float32Array(50)));
  };
  expect(run(5)).toEqual(run(5));
  expect(run(5)).not.toEqual(run(6));
});

test('does not change the logits', () => {
  const input = Float32Array.of(1, 2, 3);
  createSampler({ ...all, topK: 2, topP: 0.5, random: () => 0.5 })(input);
  expect([...input]).toEqual([1, 2, 3]);
});
