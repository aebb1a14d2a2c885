import type { SamplingOptions } from '@h2ovl/contract';
import { expect, test } from 'vitest';
import { resolveSampling } from '../../../src/generation/sampling-options.ts';

test('is greedy with 1024 tokens by default, and every value is there', () => {
  const { seed, ...rest } = resolveSampling({});
  expect(rest).toEqual({
    maxOutputTokens: 1024,
    temperature: 0,
    topP: 1,
    topK: Number.POSITIVE_INFINITY,
    repetitionPenalty: 1,
    stopSequences: [],
    endBlankRuns: false,
    endLoops: true,
    drafts: 'auto',
  });
  expect(Number.isSafeInteger(seed)).toBe(true);
});

test('keeps what the caller set', () => {
  const options: SamplingOptions = {
    maxOutputTokens: 1,
    temperature: 0.7,
    topP: 0.9,
    topK: 5,
    seed: -3,
    repetitionPenalty: 1.1,
    stopSequences: ['a'],
    endBlankRuns: true,
    endLoops: false,
    drafts: 'off',
  };
  expect(resolveSampling(options)).toEqual(options);
});

test('copies the stop strings', () => {
  const stopSequences = ['a'];
  const resolved = resolveSampling({ stopSequences });
  stopSequences.push('b');
  expect(resolved.stopSequences).toEqual(['a']);
});

test.each<[SamplingOptions, string]>([
  [{ maxOutputTokens: 0 }, 'maxOutputTokens is 0; it must be an integer from 1.'],
  [{ maxOutputTokens: 1.5 }, 'maxOutputTokens is 1.5; it must be an integer from 1.'],
  [{ temperature: -0.1 }, 'temperature is -0.1; it must be a finite number from 0.'],
  [{ temperature: Number.POSITIVE_INFINITY }, 'temperature is Infinity;'],
  [{ temperature: Number.NaN }, 'temperature is NaN;'],
  [{ topP: 0 }, 'topP is 0; it must be a number above 0 and up to 1.'],
  [{ topP: 1.01 }, 'topP is 1.01;'],
  [{ topK: 0 }, 'topK is 0; it must be an integer from 1.'],
  [{ repetitionPenalty: 0 }, 'repetitionPenalty is 0; it must be a finite number above 0.'],
  [{ endBlankRuns: 'yes' as never }, 'endBlankRuns is "yes"; it must be true or false.'],
  [{ seed: 0.5 }, 'seed is 0.5; it must be a safe integer.'],
  [{ stopSequences: [''] }, 'stopSequences[0] is ""; it must be a string that is not empty.'],
  [{ stopSequences: Array.from({ length: 17 }, () => 'x') }, 'stopSequences has 17 entries; it must be a list of up to 16 strings'],
  [{ stopSequences: 'END' as never }, 'stopSequences is "END";'],
  [{ topK: '5' as never }, 'topK is "5";'],
  [{ stopSequences: [7 as never] }, 'stopSequences[0] is 7;'],
])('refuses %o', (options, message) => {
  expect(() => resolveSampling(options)).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(message),
      hint: expect.any(String),
      param: expect.stringMatching(new RegExp(`^${Object.keys(options)[0]}`)),
    }),
  );
});

test('takes the edges of every range', () => {
  const edges = { maxOutputTokens: 1, temperature: 0, topP: 1, topK: 1, seed: Number.MIN_SAFE_INTEGER, repetitionPenalty: 0.1 };
  expect(resolveSampling({ ...edges, stopSequences: Array.from({ length: 16 }, () => 'x') })).toMatchObject(edges);
});
