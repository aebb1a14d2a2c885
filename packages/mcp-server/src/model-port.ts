/** Bytes of an image file, or text. */
export type ModelPart = { readonly type: 'text'; readonly text: string } | { readonly type: 'image'; readonly image: Uint8Array };

/** One turn of a conversation. */
export type ModelMessage =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly ModelPart[] }
  | { readonly role: 'assistant'; readonly content: string };

/** What this package asks a model for. `schema` is whatever `OutputSchemaMaker` made. */
export interface ModelRequest {
  readonly messages: readonly ModelMessage[];
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly seed?: number;
  readonly repetitionPenalty?: number;
  readonly stopSequences?: readonly string[];
  readonly maxTiles?: number;
  readonly schema?: unknown;
  readonly signal?: AbortSignal;
}

export interface ModelAnswer {
  readonly text: string;
  /** The checked value when a schema was given. */
  readonly object: unknown;
  readonly finishReason: 'stop' | 'length' | 'stop-sequence';
  readonly usage: {
    readonly inputTokens: number;
    readonly imageTokens: number;
    readonly outputTokens: number;
    readonly cachedTokens: number;
  };
  /** Milliseconds. */
  readonly timings: {
    readonly queueMs: number;
    readonly imageMs: number;
    readonly visionMs: number;
    readonly prefillMs: number;
    readonly decodeMs: number;
  };
  readonly warnings: readonly { readonly type: 'unsupported' | 'compatibility' | 'other'; readonly message: string }[];
}

export type ModelPhase = 'decode-image' | 'encode-image' | 'prefill' | 'generate';

export type ModelEvent =
  | { readonly type: 'progress'; readonly phase: ModelPhase; readonly done: number; readonly total: number }
  | { readonly type: 'text-delta'; readonly delta: string }
  | { readonly type: 'object-delta'; readonly partial: unknown }
  | { readonly type: 'finish'; readonly result: ModelAnswer };

/** What this package needs of a model; core's VisionModel fits it (a type test says so), and so does a remote one with a `dispose`. */
export interface ModelPort {
  readonly id: string;
  generate(request: ModelRequest): Promise<ModelAnswer>;
  stream(request: ModelRequest): AsyncIterable<ModelEvent>;
  dispose(): Promise<void>;
}

/** What a load is doing. */
export type ModelLoadProgress =
  | { readonly type: 'verify'; readonly file: string; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly type: 'convert'; readonly item: string; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly type: 'wait'; readonly reason: string }
  | { readonly type: 'session'; readonly name: string; readonly done: number; readonly total: number };

/** Opens the model. Called on first use, and again after a failure. */
export type ModelLoader = (options: {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ModelLoadProgress) => void;
}) => Promise<ModelPort>;

/** Makes a JSON Schema into what `ModelRequest.schema` takes; throws an error with code INVALID_ARGUMENT where it cannot be enforced. */
export type OutputSchemaMaker = (schema: Readonly<Record<string, unknown>>) => unknown | Promise<unknown>;
