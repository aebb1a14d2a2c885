import { expect, test } from 'vitest';
import { createDecodeRules } from '../../../src/generation/decode-rules.ts';
import type { BestToken } from '../../../src/generation/decoder-port.ts';
import { endBlankRuns, followMask, repetitionPenalty } from '../../../src/generation/logits-rules.ts';
import { resolveSampling } from '../../../src/generation/sampling-options.ts';

const best = (token: number): BestToken => ({ token, logit: 2, logSumExp: 3 });

test('divides positive and multiplies negative logits of seen tokens, once each', () => {
  const rule = repetitionPenalty(2, [0, 0, 1]);
  rule.accept(3);
  const logits = Float32Array.of(4, -4, 4, 8);
  rule.apply(logits);
  expect([...logits]).toEqual([2, -8, 4, 4]);
});

test('passes over prompt tokens beyond the logits', () => {
  const logits = Float32Array.of(1);
  repetitionPenalty(2, [7]).apply(logits);
  expect([...logits]).toEqual([1]);
});

const isBlank = (token: number): boolean => token < 2; // 0 and 1 are blank

test('puts blanks down until the first word once a blank would repeat', () => {
  const rule = endBlankRuns(isBlank);
  rule.accept(5);
  rule.accept(0);
  const logits = Float32Array.of(9, 8, 7, 6);
  rule.apply(logits);
  expect([...logits]).toEqual([-1e8, -1e8, 7, 6]);
});

test('leaves blanks alone that rank behind the first word', () => {
  const rule = endBlankRuns(isBlank);
  rule.accept(5);
  rule.accept(0);
  const logits = Float32Array.of(9, 1, 7, 6);
  rule.apply(logits);
  expect([...logits]).toEqual([-1e8, 1, 7, 6]);
});

test.each([
  ['before two tokens were picked', [0], [9, 1, 2]],
  ['after a word', [0, 3], [9, 1, 2]],
  ['when another blank comes', [3, 1], [9, 1, 2]],
  ['when a word comes', [3, 0], [1, 1, 9]],
])('does not interfere %s', (_, picked, values) => {
  const rule = endBlankRuns(isBlank);
  for (const token of picked) rule.accept(token);
  const logits = Float32Array.from(values);
  rule.apply(logits);
  expect([...logits]).toEqual(values);
});

test('looks no further than the 30 best', () => {
  const rule = endBlankRuns(() => true);
  rule.accept(0);
  rule.accept(0);
  const logits = Float32Array.from({ length: 40 }, (_, id) => 40 - id);
  rule.apply(logits);
  expect([...logits].filter((value) => value === -1e8)).toHaveLength(30);
  expect(logits[30]).toBe(10);
});

test('keeps only what the mask allows, past a word boundary and beyond its end', () => {
  const accepted: number[] = [];
  const rule = followMask({ mask: () => Uint32Array.of(0b101, 0b10), accept: (token) => accepted.push(token) });
  const logits = new Float32Array(70);
  rule.apply(logits);
  expect([...logits.keys()].filter((id) => logits[id] === 0)).toEqual([0, 2, 33]);
  rule.accept(33);
  expect(accepted).toEqual([33]);
});

test('a mask of all ones changes nothing', () => {
  const logits = new Float32Array(40).fill(1);
  followMask({ mask: () => Uint32Array.of(0xffffffff, 0xffffffff), accept: () => {} }).apply(logits);
  expect(logits.every((value) => value === 1)).toBe(true);
});

test('joins all rules: the mask has the last word and hears the pick', () => {
  const heard: number[] = [];
  const rules = createDecodeRules({
    sampling: resolveSampling({ repetitionPenalty: 10 }),
    endTokens: [9],
    promptTokens: [0],
    isBlank,
    constraint: {
      of: {
        mask: () => Uint32Array.of(0b1101),
        accept: (token) => heard.push(token),
        rollback: () => {},
        jumpForward: () => ({ text: '', firmBytes: 0 }),
        isComplete: false,
        isFinished: false,
      },
      tokenizer: { encodeText: () => [], pieceBytes: () => new Uint8Array(1) },
    },
  });
  // 0 was in the prompt (10 -> 1), 1 and 4 are not in the mask: 3 is the best of the rest.
  expect(rules.pick(Float32Array.of(10, 9, 2, 3, 8))).toBe(3);
  expect(rules.pick(Float32Array.of(10, 9, 2, 3, 8))).toBe(2); // 3 was seen now: 0.3
  expect(heard).toEqual([3, 2]);
  expect(rules.isEnd(9)).toBe(true);
  expect(rules.maxOutputTokens).toBe(1024);
});

test.each([
  [true, [0, 0, 2]],
  [false, [0, 0, 0]],
])('runs of blanks end through the joined rules when asked for: %s', (endBlankRuns, picked) => {
  const rules = createDecodeRules({ sampling: resolveSampling({ endBlankRuns }), endTokens: [9], isBlank });
  expect([1, 2, 3].map(() => rules.pick(Float32Array.of(9, 1, 2)))).toEqual(picked);
});

test('refuses a model without an end token', () => {
  expect(() => createDecodeRules({ sampling: resolveSampling({}), endTokens: [], isBlank })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test('says from the best token alone what the logits would give, or that they are needed', () => {
  const constraint = {
    of: {
      mask: () => Uint32Array.of(0b1101),
      accept: () => {},
      rollback: () => {},
      jumpForward: () => ({ text: '', firmBytes: 0 }),
      isComplete: false,
      isFinished: false,
    },
    tokenizer: { encodeText: () => [], pieceBytes: () => new Uint8Array(1) },
  };
  const make = (sampling: Parameters<typeof resolveSampling>[0], withMask = false) =>
    createDecodeRules({ sampling: resolveSampling(sampling), endTokens: [9], isBlank, ...(withMask && { constraint }) });
  expect(make({ temperature: 1 }).pickBest).toBeUndefined();
  expect(make({ repetitionPenalty: 2 }).pickBest).toBeUndefined();
  expect(make({ temperature: 1, topK: 1 }).pickBest?.(best(7))).toBe(7);
  const masked = make({}, true);
  expect([3, 1, 2, 40].map((token) => masked.pickBest?.(best(token)))).toEqual([3, undefined, 2, undefined]);
});

test('needs the logits for a third blank in a row', () => {
  const rules = createDecodeRules({ sampling: resolveSampling({ endBlankRuns: true }), endTokens: [9], isBlank });
  const blank = [0, 1, 2, 3].find(isBlank) as number;
  expect([blank, blank, blank].map(() => rules.pickBest?.(best(blank)))).toEqual([blank, blank, undefined]);
});
