import { createHash } from 'node:crypto';
import { TiledPromptSource } from '@h2ovl/core/internal/answer/prompt-source';
import { findBestToken } from '@h2ovl/core/internal/generation/sampler';
import type { Decoder } from '@h2ovl/core/internal/model/decoder';
import type { PromptSource } from '@h2ovl/core/internal/model/decoder-jobs';
import { applyChatTemplate, promptToText } from '@h2ovl/core/internal/text/chat-template';
import { expandPrompt } from '@h2ovl/core/internal/text/image-placeholders';
import type { Tokenizer } from '@h2ovl/core/internal/text/tokenizer';
import { normalizePixels } from '@h2ovl/core/internal/tiles/normalize-pixels';
import { preprocessImage } from '@h2ovl/core/internal/tiles/preprocess-image';
import type { Raster } from '@h2ovl/core/internal/tiles/raster';
import { patternRaster } from '../testing/synthetic-image.ts';
import type { Variants } from './open-variants.ts';
import type { ReferenceCase } from './reference-file.ts';

/** A case up to the language model. */
export interface PreparedCase {
  /** Tiles of each image. */
  readonly tileCounts: readonly number[];
  /** First 16 hex digits of SHA-256 of each tile of each image. */
  readonly tileHashes: readonly (readonly string[])[];
  readonly promptIds: readonly number[];
  /** [tokensPerTile, hiddenSize] for each tile of all images. */
  readonly features: readonly Float32Array[];
  readonly source: PromptSource;
}

/** What the language model made of it. */
export interface Continuation {
  readonly firstLogits: Float32Array;
  readonly tokens: readonly number[];
  readonly lastLogits: Float32Array;
}

/** The reference takes this many greedy steps, unless the model ends before. */
const referenceSteps = 40;

const never = new AbortController().signal;

/** The tiles and the prompt of a question about images, as the reference's own prompt text has it. */
export async function preparePages(
  { vision, embedder, identities, manifest }: Variants,
  tokenizer: Tokenizer,
  { rasters, turns }: { readonly rasters: readonly Raster[]; readonly turns: ReferenceCase['turns'] },
): Promise<PreparedCase> {
  const { image } = manifest.model;
  const useMsac = image.useMsac && rasters.length === 1;
  const images: (readonly Uint8Array[])[] = [];
  for (const raster of rasters) images.push((await preprocessImage(raster, { ...image, useMsac })).tiles);
  const tiles = images.flat().map((tile) => ({ digest: sha256(tile), patches: () => normalizePixels(tile, image) }));
  const features: Float32Array[] = [];
  for (const tile of tiles) features.push((await vision.encode(tile, never)).features);
  const prompt = expandPrompt(promptText(turns), {
    tokensPerImage: images.map((list) => list.length * image.tokensPerTile),
    tokenizer,
  });
  const source = new TiledPromptSource({
    ids: prompt.ids,
    spans: prompt.imageSpans,
    tiles,
    tokensPerTile: image.tokensPerTile,
    vision,
    embedder,
    identities,
  });
  return {
    tileCounts: images.map((list) => list.length),
    tileHashes: images.map((list) => list.map((tile) => sha256(tile).slice(0, 16))),
    promptIds: [...prompt.ids],
    features,
    source,
  };
}

/** Runs one case up to the language model, through the parts that the library itself is made of. */
export function prepareCase(variants: Variants, tokenizer: Tokenizer, reference: ReferenceCase): Promise<PreparedCase> {
  const rasters = reference.images.map(([width, height]) => patternRaster(width, height));
  return preparePages(variants, tokenizer, { rasters, turns: reference.turns });
}

/** Prefill and greedy steps, at most `maxSteps`, until an end token. */
export async function continueGreedily(
  decoder: Decoder,
  source: PromptSource,
  endTokenIds: readonly number[],
  maxSteps: number = referenceSteps,
): Promise<Continuation> {
  const sequence = decoder.openSequence(source, source.length + maxSteps);
  try {
    const firstLogits = (await sequence.prefill(never, () => {})).slice();
    let logits: Float32Array = firstLogits;
    const tokens: number[] = [];
    while (tokens.length < maxSteps) {
      const token = findBestToken(logits);
      if (endTokenIds.includes(token)) break;
      tokens.push(token);
      logits = await sequence.step(token, never);
    }
    return { firstLogits, tokens, lastLogits: logits.slice() };
  } finally {
    await sequence.dispose();
  }
}

function promptText(turns: ReferenceCase['turns']): string {
  const chat = turns.flatMap(([user, assistant]) => [
    { role: 'user' as const, content: [{ type: 'text' as const, text: user }] },
    ...(assistant === null ? [] : [{ role: 'assistant' as const, content: [{ type: 'text' as const, text: assistant }] }]),
  ]);
  return promptToText(applyChatTemplate(chat, 'h2ogpt2'));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
