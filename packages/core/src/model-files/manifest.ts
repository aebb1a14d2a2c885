import { z } from 'zod';
import { VisionError } from '../errors.ts';

/** Raised when the layout of converted files changes: older caches are then rebuilt, never guessed at. */
export const manifestVersion = 1;

const fileSchema = z.object({
  /** Bytes. */
  size: z.int().nonnegative(),
  /** Lower-case hex. */
  sha256: z.string().length(64),
});

const graphSchema = z.object({
  /** The .onnx file, relative to the manifest. */
  file: z.string(),
  /** Name of the file with its weights, relative to the manifest. */
  data: z.string(),
});

/** How a linear layer's weights are stored and computed. */
export const linearFormats = ['float32', 'float16', 'bfloat16', 'int8', 'int4'] as const;
export type LinearFormat = (typeof linearFormats)[number];

export const manifestSchema = z.object({
  format: z.literal('h2ovl-onnx'),
  version: z.literal(manifestVersion),
  /** Version of the package that wrote it. */
  writtenBy: z.string(),
  /** The checkpoint it was made from: every file that was read. */
  source: z.object({ name: z.string(), files: z.record(z.string(), fileSchema.extend({ mtimeMs: z.number() })) }),
  precision: z.object({
    /** 'exact', 'balanced', 'fast' or 'custom'. */
    name: z.string(),
    vision: z.enum(linearFormats),
    language: z.enum(linearFormats),
    head: z.enum(linearFormats),
    /** Largest magnitude of int8 weights: 127, or 64 where the CPU's u8 x s8 kernel saturates; null when no int8 weights are stored. */
    int8Limit: z.union([z.literal(64), z.literal(127), z.null()]),
  }),
  model: z.object({
    /** `model_type` of the checkpoint and of its language part, for people. */
    architecture: z.string(),
    parameters: z.int().positive(),
    contextLength: z.int().positive(),
    vocabularySize: z.int().positive(),
    hiddenSize: z.int().positive(),
    layers: z.int().positive(),
    attentionHeads: z.int().positive(),
    keyValueHeads: z.int().positive(),
    headSize: z.int().positive(),
    template: z.literal('h2ogpt2'),
    endTokenIds: z.array(z.int().nonnegative()).min(1),
    image: z.object({
      tileSizePx: z.int().positive(),
      patchSizePx: z.int().positive(),
      tokensPerTile: z.int().positive(),
      minTiles: z.int().positive(),
      maxTiles: z.int().positive(),
      useThumbnail: z.boolean(),
      useMsac: z.boolean(),
    }),
  }),
  graphs: z.object({ vision: graphSchema, decoder: graphSchema }),
  /** Rows of the token embedding, one after the other, little endian, no header. */
  embeddings: z.object({ file: z.string(), dtype: z.enum(['bfloat16', 'float16', 'float32']), rows: z.int(), columns: z.int() }),
  tokenizer: z.object({ file: z.string(), addedTokens: z.record(z.string(), z.int().nonnegative()) }),
  /** Every file beside the manifest. */
  files: z.record(z.string(), fileSchema),
});

/** What `convert/` writes and everything else reads: the one meeting point of the two. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Names and shapes of graph values, fixed for every model this package converts.
 *
 * vision:  patches [P, 3*p*p] float32 (P = (tile/patch)^2 rows, row-major over the tile; columns in the order channel, y, x, already normalised)
 *          -> features [tokensPerTile, H] float32. One tile a run.
 * decoder: inputs_embeds [B, S, H] float32, seqlens_k [B] int32 (tokens in the row's cache after this run, minus 1),
 *          total_sequence_length int32 scalar (largest of the batch), past_key.{l} / past_value.{l} [B, KV, M, D] float32
 *          -> logits [B, V] float32 of the last position, present_key.{l} / present_value.{l} [B, KV, M, D] (bind the past's own memory: in place).
 */
export const graphValues = {
  patches: 'patches',
  features: 'features',
  embeddings: 'inputs_embeds',
  lengths: 'seqlens_k',
  totalLength: 'total_sequence_length',
  logits: 'logits',
  pastKey: (layer: number): string => `past_key.${layer}`,
  pastValue: (layer: number): string => `past_value.${layer}`,
  presentKey: (layer: number): string => `present_key.${layer}`,
  presentValue: (layer: number): string => `present_value.${layer}`,
} as const;

export const manifestFileName = 'manifest.json';

/** Parses manifest text. @throws VisionError MODEL_FILE_CORRUPT */
export function parseManifest(text: string, file: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new VisionError('MODEL_FILE_CORRUPT', `${file} is not JSON.`, {
      hint: 'Remove the folder; it is made again from the checkpoint.',
      cause,
    });
  }
  const parsed = manifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new VisionError(
    'MODEL_FILE_CORRUPT',
    `${file} does not hold a manifest of version ${manifestVersion}: ${issue?.path.join('.')}: ${issue?.message}.`,
    {
      hint: 'Remove the folder; it is made again from the checkpoint.',
      cause: parsed.error,
    },
  );
}
