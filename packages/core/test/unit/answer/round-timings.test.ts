import { expect, it } from 'vitest';
import { roundTimings } from '../../../src/answer/round-timings.ts';

it('keeps tenths of a millisecond, also of sums', () => {
  const timings = { queueMs: 0.25273600000002716, imageMs: 0.1 + 0.2, visionMs: 96.486, prefillMs: 24.49, decodeMs: 251 };
  expect(roundTimings(timings)).toEqual({ queueMs: 0.3, imageMs: 0.3, visionMs: 96.5, prefillMs: 24.5, decodeMs: 251 });
});
