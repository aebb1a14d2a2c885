import { z } from 'zod';

/** The vision part of config.json, under its own names. */
export interface RawVision {
  readonly model_type: string;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_channels: number;
  readonly image_size: number;
  readonly patch_size: number;
  readonly layer_norm_eps: number;
  readonly hidden_act: string;
  readonly norm_type: string;
  readonly qkv_bias: boolean;
  readonly qk_normalization: boolean;
}

/** How positions are turned; newer configurations keep theta here. */
export interface RawRope {
  readonly rope_type?: string | undefined;
  readonly type?: string | undefined;
  readonly rope_theta?: number | undefined;
  readonly partial_rotary_factor?: number | undefined;
}

/** The language part of config.json. */
export interface RawLanguage {
  readonly model_type: string;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim?: number | null | undefined;
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  readonly rms_norm_eps: number;
  readonly hidden_act: string;
  readonly rope_theta?: number | null | undefined;
  readonly rope_parameters?: RawRope | null | undefined;
  readonly rope_scaling?: RawRope | null | undefined;
  readonly sliding_window?: number | null | undefined;
  readonly partial_rotary_factor?: number | null | undefined;
  readonly attention_bias: boolean;
  readonly mlp_bias: boolean;
  readonly tie_word_embeddings: boolean;
  readonly eos_token_id?: number | readonly number[] | null | undefined;
}

/** Parsed config.json. */
export interface RawConfig {
  readonly architectures: readonly string[];
  readonly model_type: string;
  readonly vision_config: RawVision;
  readonly llm_config: RawLanguage;
  readonly select_layer: number;
  readonly ps_version: string;
  readonly downsample_ratio: number;
  readonly template?: string | null | undefined;
  /** A key of ours: how the model was taught to be shown JSON. */
  readonly json_layout?: 'line' | 'indent-2' | 'indent-4' | null | undefined;
  readonly force_image_size?: number | null | undefined;
  readonly dynamic_image_size: boolean;
  readonly min_dynamic_patch: number;
  readonly max_dynamic_patch: number;
  readonly use_thumbnail: boolean;
  readonly use_msac: boolean;
  readonly pad2square: boolean;
  readonly use_backbone_lora: number;
  readonly use_llm_lora: number;
  readonly quantization_config?: unknown;
}

/** A token as text, or as an object with its text. */
export type RawToken = string | { readonly content: string };

export interface RawGenerationConfig {
  readonly eos_token_id?: number | readonly number[] | null | undefined;
}

export interface RawTokenizerConfig {
  readonly eos_token?: RawToken | null | undefined;
  readonly added_tokens_decoder: Readonly<Record<string, { readonly content: string }>>;
}

export interface RawSpecialTokens {
  readonly eos_token?: RawToken | null | undefined;
}

const count = z.int().positive();
const tokenIds = z.union([z.int().nonnegative(), z.array(z.int().nonnegative())]);

const ropeSchema = z.looseObject({
  rope_type: z.string().optional(),
  type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
  partial_rotary_factor: z.number().optional(),
});

/** The vision part of config.json. A missing key has the default that the reference code gives it, not what we would like. */
const visionSchema = z.looseObject({
  model_type: z.string(),
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_channels: count.default(3),
  image_size: count,
  patch_size: count,
  layer_norm_eps: z.number().positive(),
  hidden_act: z.string().default('gelu'),
  norm_type: z.string().default('rms_norm'),
  qkv_bias: z.boolean().default(false),
  qk_normalization: z.boolean().default(true),
});

const languageSchema = z.looseObject({
  model_type: z.string(),
  hidden_size: count,
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count,
  head_dim: count.nullish(),
  vocab_size: count,
  max_position_embeddings: count,
  rms_norm_eps: z.number().positive(),
  hidden_act: z.string(),
  rope_theta: z.number().positive().nullish(),
  rope_parameters: ropeSchema.nullish(),
  rope_scaling: ropeSchema.nullish(),
  sliding_window: count.nullish(),
  partial_rotary_factor: z.number().nullish(),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(false),
  eos_token_id: tokenIds.nullish(),
});

/** config.json of a checkpoint. */
export const configSchema: z.ZodType<RawConfig> = z.looseObject({
  architectures: z.array(z.string()).default([]),
  model_type: z.string(),
  vision_config: visionSchema,
  llm_config: languageSchema,
  // The reference code's own defaults, which no shipped checkpoint relies on.
  select_layer: z.int().default(-4),
  ps_version: z.string().default('v1'),
  downsample_ratio: z.number().positive().default(0.5),
  template: z.string().nullish(),
  json_layout: z.enum(['line', 'indent-2', 'indent-4']).nullish(),
  force_image_size: count.nullish(),
  dynamic_image_size: z.boolean().default(false),
  min_dynamic_patch: count.default(1),
  max_dynamic_patch: count.default(6),
  use_thumbnail: z.boolean().default(false),
  use_msac: z.boolean().default(false),
  pad2square: z.boolean().default(false),
  use_backbone_lora: z.number().default(0),
  use_llm_lora: z.number().default(0),
  quantization_config: z.unknown().optional(),
});

/** generation_config.json. */
export const generationConfigSchema: z.ZodType<RawGenerationConfig> = z.looseObject({ eos_token_id: tokenIds.nullish() });

const tokenText = z.union([z.string(), z.looseObject({ content: z.string() })]);

/** tokenizer_config.json. */
export const tokenizerConfigSchema: z.ZodType<RawTokenizerConfig> = z.looseObject({
  eos_token: tokenText.nullish(),
  added_tokens_decoder: z.record(z.string(), z.looseObject({ content: z.string() })).default({}),
});

/** special_tokens_map.json. */
export const specialTokensSchema: z.ZodType<RawSpecialTokens> = z.looseObject({ eos_token: tokenText.nullish() });

/** added_tokens.json: text -> id. */
export const addedTokensSchema: z.ZodType<Record<string, number>> = z.record(z.string(), z.int().nonnegative());
