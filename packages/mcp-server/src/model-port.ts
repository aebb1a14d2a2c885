import type { GenerateResult, GenerationEvent, GenerationPhase, LoadProgress, OutputSchema, SamplingOptions } from '@h2ovl/core';

/** Text of a message. */
export interface ModelText {
  readonly type: 'text';
  readonly text: string;
}

/** Bytes of an image file, or text. */
export type ModelPart = ModelText | { readonly type: 'image'; readonly image: Uint8Array };

/** One turn of a conversation. */
export type ModelMessage =
  | { readonly role: 'system'; readonly content: string | readonly ModelText[] }
  | { readonly role: 'user'; readonly content: string | readonly ModelPart[] }
  | { readonly role: 'assistant'; readonly content: string | readonly ModelText[] | null };

/** What this package asks a model for. */
export interface ModelRequest extends SamplingOptions {
  readonly messages: readonly ModelMessage[];
  readonly maxTiles?: number;
  readonly schema?: OutputSchema;
  readonly signal?: AbortSignal;
}

export type ModelAnswer = GenerateResult<unknown>;
export type ModelEvent = GenerationEvent<unknown>;
export type ModelPhase = GenerationPhase;
export type ModelLoadProgress = LoadProgress;

/** What this package needs of a model; core's VisionModel fits it, and so does a remote one with a `dispose`. */
export interface ModelPort {
  readonly id: string;
  /** The last event is `finish`. With a schema, rejects with OUTPUT_INVALID when no answer fits it. */
  stream(request: ModelRequest): AsyncIterable<ModelEvent>;
  dispose(): Promise<void>;
}

/** Opens the model. Called on first use, and again after a failure. */
export type ModelLoader = (options: {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ModelLoadProgress) => void;
}) => Promise<ModelPort>;

/** Makes a JSON Schema into an output schema; throws an error with code INVALID_ARGUMENT where it cannot be checked. */
export type OutputSchemaMaker = (schema: Readonly<Record<string, unknown>>) => OutputSchema | Promise<OutputSchema>;
