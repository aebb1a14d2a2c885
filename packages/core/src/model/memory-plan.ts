import { type LinearFormat, type SizedModel, visionFormOf } from '../model-files/manifest.ts';
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

/** What of a model a device computes. */
export type ModelPart = 'all' | 'vision' | 'language';

/** Plans for a device that computes `part` of the model. `maxCacheBytes`: what the cache may take at most. */
export function planMemory(manifest: SizedModel, maxCacheBytes: number, part: ModelPart = 'all'): MemoryPlan {
  const { form, model } = manifest;
  const { image } = model;
  const visionForm = visionFormOf(form);
  const valueBytes = bytesPerElement[visionForm.values];
  const tiles = image.maxTiles + (image.useThumbnail ? 1 : 0);
  const tokens = Math.min(model.contextLength, tiles * image.tokensPerTile + answerTokens);
  const positions = (image.tileSizePx / image.patchSizePx) ** 2 + 1;
  // The CPU encodes one tile after the other, a GPU all of a page in one run.
  const tilesAtOnce = visionForm.device === 'cpu' ? 1 : tiles;
  const scores = visionForm.attention === 'written-out' ? model.attentionHeads * positions ** 2 * valueBytes : 0;
  const { vision, language } = weightBytes(manifest);
  const positionBytes = 2 * model.layers * model.keyValueHeads * model.headSize * bytesPerElement[form.values];
  const weights = (part === 'language' ? 0 : vision) + (part === 'vision' ? 0 : language);
  const cache = part === 'vision' ? 0 : Math.min(maxCacheBytes, tokens * positionBytes);
  // The prompt of the language part takes less than the tiles did, and where both have one device it comes after them.
  const work = part === 'language' ? 0 : Math.ceil(tilesAtOnce * (positions * bytesPerPosition * (valueBytes / 2) + scores));
  return { weights, cache, work, total: weights + cache + work };
}

function weightBytes({ files, graphs, form, precision }: SizedModel): { readonly vision: number; readonly language: number } {
  // The CPU computes in float32: weights that are stored in 16 bits take twice their file.
  const grown = (device: 'cpu' | 'webgpu', format: LinearFormat): number => (device === 'cpu' && bytesPerWeight[format] === 2 ? 2 : 1);
  const size = (file: string): number => files[file]?.size ?? 0;
  return {
    vision: size(graphs.vision.data) * grown(visionFormOf(form).device, precision.vision),
    language: size(graphs.decoder.data) * grown(form.device, precision.language),
  };
}

const bytesPerWeight: Readonly<Record<LinearFormat, number>> = { float32: 4, float16: 2, bfloat16: 2, int8: 1.14, int4: 0.65 };

/** A model beyond this is not stored in 4 bits for a GPU, which breaks it: its `fast` is its `balanced`. */
const largeParameters = 1.5e9;

/** A smaller precision and what it would take in all, from how many bytes its weights have; undefined when there is none. */
export function smallerPlan(manifest: SizedModel, plan: MemoryPlan): { readonly precision: string; readonly total: number } | undefined {
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
