import type { Manifest } from '@h2ovl/core/internal/model-files/manifest';
import type { ModelConfig } from '@h2ovl/core/internal/model-files/model-config';
import { planTiles } from '@h2ovl/core/internal/tiles/plan-tiles';
import { expect, test } from 'vitest';
import { findBenchModel } from '../../../src/bench/bench-models.ts';
import { demandsOf, gemmShapes } from '../../../src/bench/roof-model.ts';

/** The 0.8B's numbers. */
const config = {
  vision: {
    hiddenSize: 1024,
    intermediateSize: 4096,
    layers: 24,
    usedLayers: 24,
    heads: 16,
    channels: 3,
    patchSizePx: 14,
    imageSizePx: 448,
    epsilon: 1e-6,
  },
  projector: { inputSize: 4096, epsilon: 1e-5 },
  language: {
    ...{ hiddenSize: 1536, intermediateSize: 4096, layers: 16, heads: 16, keyValueHeads: 8, headSize: 96, vocabularySize: 32_010 },
    ...{ contextLength: 8192, ropeTheta: 100_000, epsilon: 1e-5, tiedHead: false },
  },
  image: { tileSizePx: 448, patchSizePx: 14, tokensPerTile: 256, shuffle: 2, minTiles: 1, maxTiles: 6, useThumbnail: true, useMsac: false },
} as unknown as ModelConfig; // only shapes are read
const manifest = { graphs: { decoder: { data: 'd' } }, files: { d: { size: 290e6 } } } as unknown as Manifest;

test('counts 727 thousand million operations for a tile of 448 pixels', () => {
  expect(Math.round(demandsOf(config, manifest).tileOperations / 1e9)).toBe(728); // 727 in the table it is compared with, rounded there
});

test('counts two operations for each of the 464 million weights a token passes', () => {
  const { stepOperations } = demandsOf(config, manifest);
  expect(Math.round(stepOperations(1, 0) / 2e6)).toBe(464);
  expect(stepOperations(4, 0)).toBe(4 * stepOperations(1, 0));
});

test('reads the weights once for all rows, and the cache of each', () => {
  const { stepBytes } = demandsOf(config, manifest);
  expect(stepBytes(1, 0)).toBe(290e6);
  // 16 layers, key and value, 8 heads of 96, 4 bytes, 2000 tokens
  expect(stepBytes(2, 2000) - 290e6).toBe(2 * 2000 * 16 * 2 * 8 * 96 * 4);
});

test('measures products of the shapes the model has', () => {
  expect(gemmShapes(config)).toEqual({
    vision: { rows: 1025, depth: 1024, columns: 4096 },
    language: { rows: 256, depth: 1536, columns: 8192 },
  });
});

test.each(['nano', '0.8b', '2b'] as const)('draws a page that the %s cuts into as many tiles as it says', (name) => {
  const { page, config: raw } = findBenchModel(name);
  const { use_msac: useMsac } = raw as { readonly use_msac: boolean };
  expect(planTiles(page.widthPx, page.heightPx, { ...config.image, useMsac }).tileCount).toBe(page.tiles);
});
