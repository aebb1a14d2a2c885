import type { LinearFormat, Manifest } from '../model-files/manifest.ts';
import { bytesPerElement } from '../tensor/tensor.ts';

/** What a model takes where it computes, for a page of as many tiles as it knows. Bytes; planned from shapes, and meant to be a little too much. */
export interface MemoryPlan {
  readonly weights: number;
  /** Keys and values of the page and a long answer. */
  readonly cache: number;
  /** What tiles and the prompt take while they are computed. */
  readonly work: number;
  readonly total: number;
}

/** Tokens of an answer, and of the question around the tiles. */
const answerTokens = 1500;

/**
 * Bytes that a position of a tile takes while it is encoded, in values of 2 bytes. Pages of 7 and 13 tiles in one run raised the memory of a GPU by
 * 0.6 and 1.4 GB, the cache included (docs/performance.md).
 */
const bytesPerPosition = 64 * 1024;

/** Plans for a device. `maxCacheBytes`: what the cache may take at most. */
export function planMemory(manifest: Manifest, maxCacheBytes: number): MemoryPlan {
  const { form, model } = manifest;
  const { image } = model;
  const valueBytes = bytesPerElement[form.values];
  const tiles = image.maxTiles + (image.useThumbnail ? 1 : 0);
  const tokens = Math.min(model.contextLength, tiles * image.tokensPerTile + answerTokens);
  const positions = (image.tileSizePx / image.patchSizePx) ** 2 + 1;
  // The CPU encodes one tile after the other, a GPU all of a page in one run.
  const tilesAtOnce = form.device === 'cpu' ? 1 : tiles;
  const scores = form.attention === 'written-out' ? model.attentionHeads * positions ** 2 * valueBytes : 0;
  const weights = weightBytes(manifest);
  const cache = Math.min(maxCacheBytes, tokens * 2 * model.layers * model.keyValueHeads * model.headSize * valueBytes);
  const work = Math.ceil(tilesAtOnce * (positions * bytesPerPosition * (valueBytes / 2) + scores));
  return { weights, cache, work, total: weights + cache + work };
}

function weightBytes({ files, graphs, form, precision }: Manifest): number {
  // The CPU computes in float32: weights that are stored in 16 bits take twice their file.
  const grown = (format: LinearFormat): number => (form.device === 'cpu' && bytesPerWeight[format] === 2 ? 2 : 1);
  const size = (file: string): number => files[file]?.size ?? 0;
  return size(graphs.vision.data) * grown(precision.vision) + size(graphs.decoder.data) * grown(precision.language);
}

const bytesPerWeight: Readonly<Record<LinearFormat, number>> = { float32: 4, float16: 2, bfloat16: 2, int8: 1.14, int4: 0.65 };

/** A model beyond this is not stored in 4 bits for a GPU, which breaks it: its `fast` is its `balanced`. */
const largeParameters = 1.5e9;

/** A smaller precision and what it would take in all, from how many bytes its weights have; undefined when there is none. */
export function smallerPlan(manifest: Manifest, plan: MemoryPlan): { readonly precision: string; readonly total: number } | undefined {
  const { precision, form, model, files, graphs } = manifest;
  const wanted: LinearFormat | undefined =
    precision.name === 'exact' || precision.name === 'custom'
      ? 'int8'
      : precision.name === 'balanced' && !(form.device === 'webgpu' && model.parameters > largeParameters)
        ? 'int4'
        : undefined;
  if (wanted === undefined) return undefined;
  const decoder = files[graphs.decoder.data]?.size ?? 0;
  const saved = decoder * (1 - Math.min(1, bytesPerWeight[wanted] / bytesPerWeight[precision.language]));
  return { precision: wanted === 'int8' ? 'balanced' : 'fast', total: plan.total - saved };
}
