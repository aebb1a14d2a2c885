import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tinyConfig, writeMiniCheckpoint } from '../../../dev/src/testing/mini-checkpoint.ts';
import { measureQuality, type QualityProgress, type QualityReport } from '../../src/quality/measure-quality.ts';

const folder = mkdtempSync(join(tmpdir(), 'h2ovl-quality-'));
const checkpoint = join(folder, 'tiny');
const page = join(folder, 'page.png');

beforeAll(async () => {
  vi.stubEnv('H2OVL_HOME', join(folder, 'home'));
  await writeMiniCheckpoint(checkpoint, tinyConfig());
  const pixels = Uint8Array.from({ length: 90 * 60 * 3 }, (_, i) => (i * 37) % 256);
  await sharp(pixels, { raw: { width: 90, height: 60, channels: 3 } })
    .png()
    .toFile(page);
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const difference = (report: QualityReport, index = 0) => report.candidates[index]?.difference;

describe('measureQuality on a tiny model', () => {
  it('finds float32 storage of the same weights equal, and 4 bits dearer than 8, on random ids', async () => {
    const progress: QualityProgress[] = [];
    const float32 = { vision: 'float32', language: 'float32', head: 'float32' } as const;
    const int4 = { vision: 'float32', language: 'int4', head: 'int4' } as const;
    const report = await measureQuality(checkpoint, {
      candidates: [float32, 'balanced', int4],
      pages: [],
      onProgress: (step) => progress.push(step),
    });
    expect(report).toMatchObject({ model: 'tiny', text: 'random', reference: { name: 'exact' } });
    expect(report.candidates.map(({ name }) => name)).toEqual(['float32-float32-float32', 'balanced', 'float32-int4-int4']);
    expect(difference(report)).toMatchObject({ passages: 8, positions: 8 * 95, features: undefined, largestLostMargin: null });
    expect(difference(report)?.agreement.value).toBe(1);
    expect(difference(report)?.divergence.value).toBeLessThan(1e-9);
    const [int8Price = 0, int4Price = 0] = [difference(report, 1), difference(report, 2)].map((price) => price?.divergence.value);
    expect(int8Price).toBeGreaterThan(1e-9);
    expect(int4Price).toBeGreaterThan(int8Price);
    const several = [report.reference, ...report.candidates].map(({ severalPositions }) => severalPositions);
    expect(several.map((price) => [price?.passages, price?.positions])).toEqual(several.map(() => [8, 8 * 94]));
    expect(several[0]?.divergence.value).toBeLessThan(1e-9); // float32: rounding of the last bits alone
    expect(several[0]?.agreement.value).toBe(1);
    for (const price of several.slice(2)) expect(price?.divergence.value).toBeLessThan(int4Price);
    expect(progress.filter(({ type }) => type === 'page')).toHaveLength(4 * 8);
  });

  it("compares features of a page's tiles, and predicts the exact model's own answer where none is given", async () => {
    const int8Vision = { vision: 'int8', language: 'bfloat16', head: 'bfloat16' } as const;
    const report = await measureQuality(checkpoint, {
      candidates: ['balanced', int8Vision],
      pages: [{ file: page, question: 'Read.', answer: undefined }],
      maxPositionsPerPage: 5,
    });
    expect(report.text).toBe('own');
    expect(difference(report)?.features?.identicalTiles).toBe(difference(report)?.features?.tiles);
    const features = difference(report, 1)?.features;
    expect(features?.tiles).toBeGreaterThan(0);
    expect(features?.identicalTiles).toBe(0);
    expect(features?.smallestCosine).toBeGreaterThan(0.9);
    expect(features?.smallestCosine).toBeLessThan(1);
    expect(difference(report)?.positions).toBeLessThanOrEqual(5);
  });

  it('predicts a given answer to its end', async () => {
    const pages = [{ file: page, question: 'Read.', answer: 'ab' }];
    const report = await measureQuality(checkpoint, { candidates: ['balanced'], pages });
    expect(report.text).toBe('given');
    expect(difference(report)?.positions).toBeGreaterThanOrEqual(2); // at least one token and the end
    expect(difference(report)?.agreement.high).toBe(1);
  });

  it('refuses a model that is converted already', async () => {
    const { reference } = await measureQuality(checkpoint, { candidates: [], pages: [] });
    await expect(measureQuality(reference.directory, { candidates: [], pages: [] })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
