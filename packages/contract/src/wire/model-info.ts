import type { ModelInfo } from '../model.ts';
import type { TokenCount } from '../result.ts';
import { toCount, toList, toRecord, toText } from './read-values.ts';

/** Answer of `GET /v1/info?model=ID`: what the model is and how it runs. It is loaded first if need be. */
export interface WireModelInfo {
  readonly object: 'model.info';
  readonly id: string;
  readonly architecture: string;
  readonly parameters: number;
  /** Name of the recipe, and the number format of each part. */
  readonly weights: { readonly name: string; readonly vision: string; readonly language: string; readonly head: string };
  /** Prompt and answer together, in tokens. */
  readonly context_length: number;
  readonly max_tiles: number;
  readonly tokens_per_tile: number;
  readonly runtime: {
    readonly name: string;
    readonly version: string;
    readonly device: string;
    /** Where the vision part computes, where that is another device. */
    readonly vision_device?: string;
    readonly adapter: string;
    readonly threads: number;
  };
  readonly reasons: readonly string[];
}

/** The body for what a model is. The folder of its files is the server's own business. */
export function writeModelInfo(id: string, info: ModelInfo): WireModelInfo {
  const { visionDevice, ...runtime } = info.runtime;
  return {
    object: 'model.info',
    id,
    architecture: info.architecture,
    parameters: info.parameters,
    weights: { ...info.weights },
    context_length: info.contextLength,
    max_tiles: info.maxTiles,
    tokens_per_tile: info.tokensPerTile,
    runtime: { ...runtime, ...(visionDevice !== undefined && { vision_device: visionDevice }) },
    reasons: [...info.reasons],
  };
}

/** What a model is; undefined when the body is something else. */
export function readModelInfo(body: unknown): ModelInfo | undefined {
  const info = toRecord(body);
  const [weights, runtime] = [toRecord(info?.weights), toRecord(info?.runtime)];
  const architecture = toText(info?.architecture);
  if (info === undefined || weights === undefined || runtime === undefined || architecture === undefined) return undefined;
  const text = (value: unknown): string => toText(value) ?? 'unknown';
  const visionDevice = toText(runtime.vision_device);
  return {
    architecture,
    parameters: toCount(info.parameters),
    weights: { name: text(weights.name), vision: text(weights.vision), language: text(weights.language), head: text(weights.head) },
    contextLength: toCount(info.context_length),
    maxTiles: toCount(info.max_tiles),
    tokensPerTile: toCount(info.tokens_per_tile),
    runtime: {
      name: text(runtime.name),
      version: text(runtime.version),
      device: text(runtime.device),
      ...(visionDevice !== undefined && { visionDevice }),
      adapter: text(runtime.adapter),
      threads: toCount(runtime.threads),
    },
    reasons: toList(info.reasons).filter((reason) => typeof reason === 'string'),
  };
}

/** Answer of `POST /v1/count_tokens`, whose body is that of a chat completion; what concerns the answer alone does not matter. */
export interface WireTokenCount {
  readonly object: 'token_count';
  /** All prompt tokens, image tokens included. */
  readonly input_tokens: number;
  readonly image_tokens: number;
}

/** The body for the tokens of a prompt. */
export function writeTokenCount({ inputTokens, imageTokens }: TokenCount): WireTokenCount {
  return { object: 'token_count', input_tokens: inputTokens, image_tokens: imageTokens };
}

/** The tokens of a prompt; undefined when the body is something else. */
export function readTokenCount(body: unknown): TokenCount | undefined {
  const count = toRecord(body);
  if (typeof count?.input_tokens !== 'number') return undefined;
  return { inputTokens: count.input_tokens, imageTokens: toCount(count.image_tokens) };
}
