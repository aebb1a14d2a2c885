import { VisionError } from '@h2ovl/contract';
import { z } from 'zod';
import { parseJson } from '../store/parse-json.ts';
import { type MeasuredVisionPlan, measuredVisionPlanSchema } from './vision-plan.ts';

/** Raised when the layout of converted files changes: older caches are then rebuilt, never guessed at. */
export const manifestVersion = 4;

/** How a linear layer's weights are stored and computed. */
export type LinearFormat = 'float32' | 'float16' | 'bfloat16' | 'int8' | 'int4';

/** How the empty JSON example in a prompt is written: on one line, or indented by two or four spaces. */
export type JsonLayout = 'line' | 'indent-2' | 'indent-4';

/** For which kind of device the graphs are written; every kind computes the same function. */
export interface GraphForm {
  /**
   * `cpu`: merged projections, weights packed at load, embeddings from outside. `webgpu`: separate projections, which the provider fuses by itself,
   * 4 and 8 bits in blocks of 32, token embeddings and the choice of the best token inside the graph.
   */
  readonly device: 'cpu' | 'webgpu';
  /** Type in which the graphs compute; what goes in and comes out on the host side is float32 either way. */
  readonly values: 'float32' | 'float16';
  /** `written-out` for devices whose fused attention over several positions is wrong: MatMul, Softmax, MatMul. */
  readonly attention: 'fused' | 'written-out';
}

/** The forms of a model's graphs: that of the decoder, and of the vision part where another kind of device computes it. */
export interface ModelForm extends GraphForm {
  /** @default the same */
  readonly vision?: GraphForm | undefined;
}

/** The form of the vision graph. */
export const visionFormOf = (form: ModelForm): GraphForm => form.vision ?? form;

/** The form for the CPU. */
export const cpuForm: GraphForm = { device: 'cpu', values: 'float32', attention: 'fused' };

export interface FileRecord {
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** One graph: the .onnx file and the file with its weights, relative to the manifest. */
export interface GraphFiles {
  readonly file: string;
  readonly data: string;
}

/** What `convert/` writes and everything else reads: the one meeting point of the two. */
export interface Manifest {
  readonly format: 'h2ovl-onnx';
  readonly version: typeof manifestVersion;
  /** Version of the package that wrote it. */
  readonly writtenBy: string;
  /** The checkpoint it was made from: every file that was read. */
  readonly source: { readonly name: string; readonly files: Readonly<Record<string, FileRecord & { readonly mtimeMs: number }>> };
  readonly precision: {
    /** 'exact', 'balanced', 'fast' or 'custom'. */
    readonly name: string;
    readonly vision: LinearFormat;
    readonly language: LinearFormat;
    readonly head: LinearFormat;
    /** Largest magnitude of int8 weights: 127, or 64 where the CPU's u8 x s8 kernel saturates; null when no int8 weights are stored. */
    readonly int8Limit: 64 | 127 | null;
    /** How the matrices of the vision part compute, and what that was measured to cost; undefined when nothing was measured. */
    readonly visionPlan?: MeasuredVisionPlan | undefined;
  };
  readonly form: ModelForm;
  readonly model: {
    /** `model_type` of the checkpoint and of its language part, for people. */
    readonly architecture: string;
    readonly parameters: number;
    readonly contextLength: number;
    readonly vocabularySize: number;
    readonly hiddenSize: number;
    readonly layers: number;
    readonly attentionHeads: number;
    readonly keyValueHeads: number;
    readonly headSize: number;
    readonly template: 'h2ogpt2';
    /** As the model was taught to be shown JSON. */
    readonly jsonLayout: JsonLayout;
    readonly endTokenIds: readonly number[];
    readonly image: {
      readonly tileSizePx: number;
      readonly patchSizePx: number;
      readonly tokensPerTile: number;
      readonly minTiles: number;
      readonly maxTiles: number;
      readonly useThumbnail: boolean;
      readonly useMsac: boolean;
    };
  };
  readonly graphs: { readonly vision: GraphFiles; readonly decoder: GraphFiles };
  /** Rows of the token embedding, one after the other, little endian, no header. */
  readonly embeddings: {
    readonly file: string;
    readonly dtype: 'bfloat16' | 'float16' | 'float32';
    readonly rows: number;
    readonly columns: number;
  };
  readonly tokenizer: { readonly file: string; readonly addedTokens: Readonly<Record<string, number>> };
  /** Every file beside the manifest. */
  readonly files: Readonly<Record<string, FileRecord>>;
}

/** What of a manifest says how much memory a model takes. */
export interface SizedModel extends Pick<Manifest, 'precision' | 'form' | 'model' | 'graphs'> {
  readonly files: Readonly<Record<string, Pick<FileRecord, 'size'>>>;
}

const count = z.int().positive();
const fileSchema = z.object({ size: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const graphSchema = z.object({ file: z.string(), data: z.string() });
const formatSchema = z.enum(['float32', 'float16', 'bfloat16', 'int8', 'int4']);

const formSchema = z.object({
  device: z.enum(['cpu', 'webgpu']),
  values: z.enum(['float32', 'float16']),
  attention: z.enum(['fused', 'written-out']),
});

const manifestSchema: z.ZodType<Manifest> = z.object({
  format: z.literal('h2ovl-onnx'),
  version: z.literal(manifestVersion),
  writtenBy: z.string(),
  source: z.object({ name: z.string(), files: z.record(z.string(), fileSchema.extend({ mtimeMs: z.number() })) }),
  precision: z.object({
    name: z.string(),
    vision: formatSchema,
    language: formatSchema,
    head: formatSchema,
    int8Limit: z.union([z.literal(64), z.literal(127), z.null()]),
    visionPlan: measuredVisionPlanSchema.optional(),
  }),
  form: formSchema.extend({ vision: formSchema.optional() }),
  model: z.object({
    architecture: z.string(),
    parameters: count,
    contextLength: count,
    vocabularySize: count,
    hiddenSize: count,
    layers: count,
    attentionHeads: count,
    keyValueHeads: count,
    headSize: count,
    template: z.literal('h2ogpt2'),
    jsonLayout: z.enum(['line', 'indent-2', 'indent-4']),
    endTokenIds: z.array(z.int().nonnegative()).min(1),
    image: z.object({
      tileSizePx: count,
      patchSizePx: count,
      tokensPerTile: count,
      minTiles: count,
      maxTiles: count,
      useThumbnail: z.boolean(),
      useMsac: z.boolean(),
    }),
  }),
  graphs: z.object({ vision: graphSchema, decoder: graphSchema }),
  embeddings: z.object({ file: z.string(), dtype: z.enum(['bfloat16', 'float16', 'float32']), rows: count, columns: count }),
  tokenizer: z.object({ file: z.string(), addedTokens: z.record(z.string(), z.int().nonnegative()) }),
  files: z.record(z.string(), fileSchema),
});

/** Names and shapes of graph values, fixed for every model this package converts.
 *
 * vision:  patches [P, 3*p*p] float32 (P = (tile/patch)^2 rows, row-major over the tile; columns in the order channel, y, x, already normalised)
 *          -> features [tokensPerTile, H] float32. One tile a run.
 * decoder: inputs_embeds [B, S, H] float32, seqlens_k [B] int32 (tokens in the row's cache after this run, minus 1),
 *          total_sequence_length int32 scalar (largest of the batch), logit_positions [P] int32 (which of the S positions get logits, the same in
 *          every row), past_key.{l} / past_value.{l} [B, KV, M, D] float32
 *          -> logits [B, P, V] float32, present_key.{l} / present_value.{l} [B, KV, M, D] (bind the past's own memory: in place).
 *
 * In the form for `webgpu`, T tiles are one run: patches [T, P, 3*p*p] -> features [T, tokensPerTile, H]. The decoder has B = 1 and its cache in
 * `form.values`, and
 *          token_ids [B, S] int32, whose embeddings are added to inputs_embeds; the id V (one behind the vocabulary) adds nothing
 *          -> best_token [B, P] int32 (the lowest id of the largest logit), best [B, P, 3] float32: that id, its logit, and the sum of exp(logit - its logit) over all.
 * Where attention is written out, it also has positions [B, S] int64, key_count [1] int64 (positions in the cache after this run, K),
 * and attention_mask [S, K] float32, added to the scores.
 */
export const graphValues = {
  patches: 'patches',
  features: 'features',
  embeddings: 'inputs_embeds',
  lengths: 'seqlens_k',
  totalLength: 'total_sequence_length',
  logitPositions: 'logit_positions',
  logits: 'logits',
  tokenIds: 'token_ids',
  bestToken: 'best_token',
  best: 'best',
  positions: 'positions',
  keyCount: 'key_count',
  attentionMask: 'attention_mask',
  pastKey: (layer: number): string => `past_key.${layer}`,
  pastValue: (layer: number): string => `past_value.${layer}`,
  presentKey: (layer: number): string => `present_key.${layer}`,
  presentValue: (layer: number): string => `present_value.${layer}`,
} as const;

export const manifestFileName = 'manifest.json';

/** The version of a manifest of ours that is not of this version. */
function otherVersion(value: unknown): number | undefined {
  const { format, version } = (value ?? {}) as { readonly format?: unknown; readonly version?: unknown };
  return format === 'h2ovl-onnx' && typeof version === 'number' && version !== manifestVersion ? version : undefined;
}

/** Parses manifest text. @throws VisionError MODEL_FILE_CORRUPT, MODEL_UNSUPPORTED (a manifest of another version) */
export function parseManifest(text: string, file: string): Manifest {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    throw new VisionError('MODEL_FILE_CORRUPT', `${file} is not JSON.`, {
      hint: 'Remove the folder; it is made again from the checkpoint.',
      cause,
    });
  }
  const version = otherVersion(value);
  if (version !== undefined) {
    const isOlder = version < manifestVersion;
    throw new VisionError('MODEL_UNSUPPORTED', `${file} is of version ${version}, and this package reads version ${manifestVersion}.`, {
      hint: isOlder
        ? 'Load the original checkpoint, which is converted anew, or convert it into this folder again, which replaces what is there.'
        : 'A newer version of this package made it: install that one, or convert the original checkpoint again.',
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
