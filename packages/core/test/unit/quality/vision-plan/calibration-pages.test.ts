import { readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCalibrationPages } from '../../../../src/quality/vision-plan/calibration-pages.ts';

describe('the calibration pages of the package', () => {
  it('are what their hashes say, take less than a megabyte, and judge by other pages than they choose by', async () => {
    const { choose, judge, origin } = await findCalibrationPages();
    expect(origin).toBe('built-in');
    expect(choose.length).toBeGreaterThan(0);
    expect(judge.length).toBeGreaterThanOrEqual(16);
    expect(judge.every(({ file, text }) => !choose.includes(file) && text.length > 100)).toBe(true);
    const folder = dirname(choose[0] ?? '');
    const names = readdirSync(folder);
    expect(names).toHaveLength(choose.length + judge.length + 1);
    expect(names.reduce((sum, name) => sum + statSync(`${folder}/${name}`).size, 0)).toBeLessThan(1_000_000);
  });
});
