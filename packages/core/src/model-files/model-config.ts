import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, describeSystemError } from '@h2ovl/contract';
import type { z } from 'zod';
import { parseJson } from '../store/parse-json.ts';
import { checkSupported } from './check-supported.ts';
import {
  addedTokensSchema,
  configSchema,
  generationConfigSchema,
  type RawConfig,
  specialTokensSchema,
  tokenizerConfigSchema,
} from './config-schema.ts';
import type { JsonLayout } from './manifest.ts';

/** Everything conversion and inference need to know about a checkpoint, taken from its own files. */
export interface ModelConfig {
  /** `model_type` of the checkpoint and of its language part. */
  readonly architecture: string;
  readonly template: 'h2ogpt2';
  /** The checkpoint's own word for it, `json_layout` in config.json, or what its vocabulary tells. */
  readonly jsonLayout: JsonLayout;
  readonly vision: VisionConfig;
  readonly projector: { readonly inputSize: number; readonly epsilon: number };
  readonly language: LanguageConfig;
  readonly image: ImageConfig;
  readonly endTokenIds: readonly number[];
  /** Text -> id of the tokens that are split out of text before SentencePiece sees it. */
  readonly addedTokens: Readonly<Record<string, number>>;
}

export interface VisionConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  /** Layers in the checkpoint. */
  readonly layers: number;
  /** Layers that run: fewer when `select_layer` takes the output of an earlier one. */
  readonly usedLayers: number;
  readonly heads: number;
  readonly channels: number;
  readonly patchSizePx: number;
  readonly imageSizePx: number;
  readonly epsilon: number;
}

export interface LanguageConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly ropeTheta: number;
  readonly epsilon: number;
  /** The output layer uses the embedding table; the checkpoint then has no `lm_head`. */
  readonly tiedHead: boolean;
}

export interface ImageConfig {
  readonly tileSizePx: number;
  readonly patchSizePx: number;
  readonly tokensPerTile: number;
  /** Patches on a side that pixel shuffle joins into one token. */
  readonly shuffle: number;
  readonly minTiles: number;
  readonly maxTiles: number;
  readonly useThumbnail: boolean;
  readonly useMsac: boolean;
}

/** Configuration files of a checkpoint folder; the ones marked true must be there. */
export const configFiles: Readonly<Record<string, boolean>> = {
  'config.json': true,
  'tokenizer_config.json': true,
  'tokenizer.model': true,
  'generation_config.json': false,
  'special_tokens_map.json': false,
  'added_tokens.json': false,
};

/** @throws CheckpointError MODEL_NOT_FOUND when a file that every checkpoint has is not in the folder */
export async function checkConfigFiles(directory: string): Promise<void> {
  for (const [name, isRequired] of Object.entries(configFiles)) {
    const file = join(directory, name);
    if (!isRequired || (await stat(file).catch(() => undefined))?.isFile()) continue;
    throw new CheckpointError('MODEL_NOT_FOUND', `${file} is missing.`, { file }, { hint: downloadHint(name) });
  }
}

/**
 * Reads the configuration of a checkpoint folder.
 * @throws CheckpointError MODEL_NOT_FOUND (a file is missing), MODEL_FILE_CORRUPT (not JSON, a field of the wrong type),
 * MODEL_UNSUPPORTED (a value the graphs do not implement, named)
 */
export async function readModelConfig(directory: string): Promise<ModelConfig> {
  const raw = await readJson(directory, 'config.json', configSchema);
  checkSupported(raw, join(directory, 'config.json'));
  const addedTokens = await readAddedTokens(directory, raw.llm_config.vocab_size);
  const vision = visionConfig(raw);
  const image = imageConfig(raw);
  return {
    architecture: `${raw.model_type}/${raw.llm_config.model_type}`,
    template: 'h2ogpt2',
    jsonLayout: raw.json_layout ?? defaultLayout(raw.llm_config.vocab_size),
    vision,
    // PyTorch's default epsilon: the reference builds this norm without naming one.
    projector: { inputSize: vision.hiddenSize * image.shuffle ** 2, epsilon: 1e-5 },
    language: languageConfig(raw),
    image,
    endTokenIds: await readEndTokens(directory, raw, addedTokens),
    addedTokens,
  };
}

/** Pieces of the vocabulary that the published models share with their fine-tunes. */
const publishedPieces = 32_000;

/** The published models' cards indent their JSON examples; small models are this project's own, taught with one line. */
function defaultLayout(vocabularySize: number): JsonLayout {
  return vocabularySize >= publishedPieces ? 'indent-2' : 'line';
}

function visionConfig({ vision_config: vision, select_layer: selected }: RawConfig): VisionConfig {
  const layers = vision.num_hidden_layers;
  return {
    hiddenSize: vision.hidden_size,
    intermediateSize: vision.intermediate_size,
    layers,
    // The reference indexes the list [embedding, layer 0, ..., last layer]: -1 is the last, -4 drops three layers.
    usedLayers: selected < 0 ? layers + 1 + selected : selected,
    heads: vision.num_attention_heads,
    channels: vision.num_channels,
    patchSizePx: vision.patch_size,
    imageSizePx: vision.image_size,
    epsilon: vision.layer_norm_eps,
  };
}

function languageConfig({ llm_config: language }: RawConfig): LanguageConfig {
  return {
    hiddenSize: language.hidden_size,
    intermediateSize: language.intermediate_size,
    layers: language.num_hidden_layers,
    heads: language.num_attention_heads,
    keyValueHeads: language.num_key_value_heads,
    headSize: language.head_dim ?? language.hidden_size / language.num_attention_heads,
    vocabularySize: language.vocab_size,
    contextLength: language.max_position_embeddings,
    // checkSupported has refused a config without either.
    ropeTheta: (language.rope_theta ?? language.rope_parameters?.rope_theta) as number,
    epsilon: language.rms_norm_eps,
    tiedHead: language.tie_word_embeddings,
  };
}

function imageConfig(raw: RawConfig): ImageConfig {
  const { image_size: tileSizePx, patch_size: patchSizePx } = raw.vision_config;
  const shuffle = Math.round(1 / raw.downsample_ratio);
  return {
    tileSizePx,
    patchSizePx,
    tokensPerTile: (tileSizePx / patchSizePx / shuffle) ** 2,
    shuffle,
    minTiles: raw.min_dynamic_patch,
    maxTiles: raw.max_dynamic_patch,
    useThumbnail: raw.use_thumbnail,
    useMsac: raw.use_msac,
  };
}

/** Pieces of every Llama-type SentencePiece model: in user text these spellings are ordinary characters. */
const basePieces: ReadonlySet<string> = new Set(['<unk>', '<s>', '</s>']);
const neededTokens = ['<img>', '</img>', '<IMG_CONTEXT>', '<|end|>'] as const;

async function readAddedTokens(directory: string, vocabularySize: number): Promise<Record<string, number>> {
  const file = join(directory, 'tokenizer_config.json');
  const fail = (message: string): never => {
    const hint = 'Take all tokenizer files from the same checkpoint.';
    throw new CheckpointError('MODEL_FILE_CORRUPT', message, { file }, { hint });
  };
  const { added_tokens_decoder: decoder } = await readJson(directory, 'tokenizer_config.json', tokenizerConfigSchema);
  const fromDecoder = Object.entries(decoder).map(([id, { content }]) => [content, Number(id)] as const);
  const listed = Object.entries((await readOptionalJson(directory, 'added_tokens.json', addedTokensSchema)) ?? {});
  const tokens = new Map<string, number>();
  for (const [text, id] of [...listed, ...fromDecoder]) {
    if (basePieces.has(text)) continue;
    const other = tokens.get(text);
    if (other !== undefined && other !== id) return fail(`added_tokens.json gives ${text} the id ${other}, tokenizer_config.json ${id}.`);
    if (!(id < vocabularySize)) return fail(`The token ${text} has the id ${id}; the model knows ids below ${vocabularySize}.`);
    tokens.set(text, id);
  }
  const missing = neededTokens.filter((text) => !tokens.has(text));
  if (missing.length > 0) return fail(`added_tokens.json and tokenizer_config.json do not define ${missing.join(', ')}.`);
  if (new Set(tokens.values()).size !== tokens.size) return fail('Two added tokens share an id.');
  return Object.fromEntries([...tokens].sort((a, b) => a[1] - b[1]));
}

/** All ids that any of the files calls the end: the shipped files disagree between `</s>` and `<|end|>`, and both occur. */
async function readEndTokens(directory: string, raw: RawConfig, addedTokens: Readonly<Record<string, number>>): Promise<number[]> {
  const generation = await readOptionalJson(directory, 'generation_config.json', generationConfigSchema);
  const tokenizer = await readJson(directory, 'tokenizer_config.json', tokenizerConfigSchema);
  const special = await readOptionalJson(directory, 'special_tokens_map.json', specialTokensSchema);
  const byText = new Map(Object.entries(addedTokens));
  for (const [id, { content }] of Object.entries(tokenizer.added_tokens_decoder)) byText.set(content, Number(id));
  const ids = new Set<number>();
  for (const listed of [generation?.eos_token_id, raw.llm_config.eos_token_id]) {
    for (const id of typeof listed === 'number' ? [listed] : (listed ?? [])) ids.add(id);
  }
  for (const token of [tokenizer.eos_token, special?.eos_token]) {
    const id = byText.get(typeof token === 'string' ? token : (token?.content ?? ''));
    if (id !== undefined) ids.add(id);
  }
  const file = join(directory, 'generation_config.json');
  const outside = [...ids].find((id) => id >= raw.llm_config.vocab_size);
  if (ids.size === 0 || outside !== undefined) {
    const what =
      outside === undefined ? 'No configuration file names an end token.' : `The end token ${outside} is outside the vocabulary.`;
    throw new CheckpointError('MODEL_FILE_CORRUPT', what, { file }, { hint: 'Take all files from the same checkpoint.' });
  }
  return [...ids].sort((a, b) => a - b);
}

const downloadHint = (name: string): string => `Download ${name} again from the checkpoint's own repository.`;

/** Largest configuration file that is read; the real ones are under 5 kB. */
const maxConfigBytes = 10_000_000;

async function readOptionalJson<T>(directory: string, name: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return await readJson(directory, name, schema);
  } catch (error) {
    if (error instanceof CheckpointError && error.code === 'MODEL_NOT_FOUND') return undefined;
    throw error;
  }
}

async function readJson<T>(directory: string, name: string, schema: z.ZodType<T>): Promise<T> {
  const file = join(directory, name);
  const hint = downloadHint(name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new CheckpointError('MODEL_NOT_FOUND', `${file} cannot be read: ${describeSystemError(cause)}.`, { file }, { hint, cause });
  }
  const fail = (message: string, cause?: unknown): never => {
    throw new CheckpointError('MODEL_FILE_CORRUPT', `${file} ${message}`, { file }, { hint, cause });
  };
  if (text.length > maxConfigBytes) return fail(`has ${text.length} characters; at most ${maxConfigBytes} are read.`);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (cause) {
    return fail('is not JSON.', cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return fail(`has an unexpected value at ${issue?.path.join('.')}: ${issue?.message}.`, parsed.error);
}
