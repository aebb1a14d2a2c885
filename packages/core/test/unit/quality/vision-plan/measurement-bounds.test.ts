import { beforeAll, describe, expect, it } from 'vitest';
import { fullSizeConfig } from '../../../../../dev/src/synthetic/full-size-configs.ts';
import { modelConfigOf } from '../../../../../dev/src/testing/mini-checkpoint.ts';
import type { ModelConfig } from '../../../../src/model-files/model-config.ts';
import { checkMeasurementMemory, defaultTimeLimitMs, measurementBytes } from '../../../../src/quality/vision-plan/measurement-bounds.ts';

let small: ModelConfig;
let large: ModelConfig;
beforeAll(async () => {
  [small, large] = await Promise.all([modelConfigOf(fullSizeConfig('0.8b')), modelConfigOf(fullSizeConfig('2b'))]);
});

describe('the memory of a measurement', () => {
  it('is at least what was measured for the 0.8B, and more for the 2B', () => {
    expect(measurementBytes(small)).toBeGreaterThan(3.4e9);
    expect(measurementBytes(small)).toBeLessThan(3.9e9);
    expect(measurementBytes(large)).toBeGreaterThan(2 * measurementBytes(small));
  });

  it('is that of two towers where the language part is the smaller one', () => {
    const least = { ...small, language: { ...small.language, layers: 1 } };
    const [tower, language] = [1.24e9, 0.25e9]; // the 0.8B's tower; a layer and the head
    expect(measurementBytes(least)).toBeGreaterThan(2 * tower);
    expect(measurementBytes(least) - 0.4e9).toBeGreaterThan(tower + language);
  });

  it('is compared with what is free: a byte too little is refused, with all three numbers and the next move', () => {
    const bytes = measurementBytes(small);
    expect(checkMeasurementMemory(small, { name: 'this machine', bytes })).toBeUndefined();
    expect(() => checkMeasurementMemory(small, { name: 'this machine', bytes: bytes - 1.5e9 })).toThrow(
      expect.objectContaining({
        code: 'RUNTIME_UNAVAILABLE',
        message: expect.stringMatching(/takes about 3\.4 GB of memory, and this machine has 1\.9 GB free: 1\.5 GB are missing\.$/),
        hint: expect.stringContaining('Measure again when so much is free'),
      }),
    );
  });
});

it('gives the 0.8B ten minutes, and the 2B more in proportion', () => {
  expect(defaultTimeLimitMs(small)).toBe(600_000);
  expect(defaultTimeLimitMs(large) / 60_000).toBeGreaterThan(20);
  expect(defaultTimeLimitMs(large) / 60_000).toBeLessThan(24);
});
