import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCalibrationPages } from '../../../../src/quality/vision-plan/calibration-pages.ts';

it('takes 12 pages from all of a folder with many, and says which file of it cannot be read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'h2ovl-calibration-'));
  try {
    for (let i = 0; i < 600; i += 1) writeFileSync(join(folder, `${String(i).padStart(4, '0')}.png`), `${i}`);
    const { choose, origin } = await findCalibrationPages(folder);
    expect([origin, choose.length]).toEqual(['own', 12]);
    expect(choose.map((file) => Number(basename(file, '.png')))).toEqual(Array.from({ length: 12 }, (_, i) => 50 * i));
    await expect(findCalibrationPages(join(folder, '0000.png'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', param: 'pages' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

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
