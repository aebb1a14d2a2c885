import type { Manifest } from '@h2ovl/core/internal/model-files/manifest';
import type { ModelConfig } from '@h2ovl/core/internal/model-files/model-config';
import type { GemmShape } from './engines/roofs-engine.ts';

/** What a model's phases need of a machine, from its shapes alone. */
export interface Demands {
  /** Operations of one tile, multiplications and additions counted apart. */
  readonly tileOperations: number;
  /** The same of reading a prompt of `tokens` tokens. */
  readonly prefillOperations: (tokens: number) => number;
  /** Bytes that a step over sequences of `past` tokens each reads. */
  readonly stepBytes: (rows: number, past: number) => number;
  /** Operations of such a step. */
  readonly stepOperations: (rows: number, past: number) => number;
}

export function demandsOf(config: ModelConfig, manifest: Manifest): Demands {
  const { language } = config;
  const queryWidth = language.heads * language.headSize;
  const cacheWidth = language.keyValueHeads * language.headSize;
  const layerWeights = language.hiddenSize * (2 * queryWidth + 2 * cacheWidth + 3 * language.intermediateSize);
  const weights = language.layers * layerWeights;
  const headWeights = language.hiddenSize * language.vocabularySize;
  // Query times key and weights times value, each `width` products for each pair of positions.
  const attention = (pairs: number): number => 2 * 2 * language.layers * queryWidth * pairs;
  const weightBytes = manifest.files[manifest.graphs.decoder.data]?.size ?? 0;
  return {
    tileOperations: tileOperations(config),
    prefillOperations: (tokens) => 2 * (weights * tokens + headWeights) + attention((tokens * (tokens + 1)) / 2),
    stepBytes: (rows, past) => weightBytes + rows * past * 2 * language.layers * cacheWidth * 4, // the cache is float32
    stepOperations: (rows, past) => rows * (2 * (weights + headWeights) + attention(past)),
  };
}

function tileOperations({ vision, projector, language, image }: ModelConfig): number {
  const { hiddenSize: width, intermediateSize, usedLayers } = vision;
  const patches = (image.tileSizePx / image.patchSizePx) ** 2;
  const positions = patches + 1; // the class token
  const layer = positions * (4 * width * width + 2 * width * intermediateSize + 2 * positions * width);
  const patchEmbedding = patches * vision.channels * image.patchSizePx ** 2 * width;
  const projection = image.tokensPerTile * (projector.inputSize * language.hiddenSize + language.hiddenSize ** 2);
  return 2 * (usedLayers * layer + patchEmbedding + projection);
}

/** Products of the model's own shapes, by which the machine's roof is measured: the first feed-forward layer of each part. */
export function gemmShapes({ vision, language, image }: ModelConfig): {
  readonly vision: Omit<GemmShape, 'type'>;
  readonly language: Omit<GemmShape, 'type'>;
} {
  return {
    vision: { rows: (image.tileSizePx / image.patchSizePx) ** 2 + 1, depth: vision.hiddenSize, columns: vision.intermediateSize },
    language: { rows: prefillChunk, depth: language.hiddenSize, columns: 2 * language.intermediateSize },
  };
}

/** Tokens that our prefill reads at once. */
const prefillChunk = 256;
