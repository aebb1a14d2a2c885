// Our own copy of @h2ovl/core's types, so that this package depends on nothing; a type test elsewhere pins the two together.

/** Bytes of an image file, or where it is. A string is a `data:`, `file:` or `http(s):` URL, else a path; never bare base64. */
export type ImageInput = Uint8Array | ArrayBuffer | Blob | URL | string;

/** Text in a message. */
export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** A picture in a message. */
export interface ImagePart {
  readonly type: 'image';
  readonly image: ImageInput;
}

/** One turn of a conversation. */
export type Message =
  | { readonly role: 'system'; readonly content: string | readonly TextPart[] }
  | { readonly role: 'user'; readonly content: string | readonly (TextPart | ImagePart)[] }
  | { readonly role: 'assistant'; readonly content: string | readonly TextPart[] | null };

/** The short form or the full form of a prompt, never both. */
export type PromptInput =
  | { readonly prompt: string; readonly images?: readonly ImageInput[]; readonly system?: string; readonly messages?: never }
  | { readonly messages: readonly Message[]; readonly prompt?: never; readonly images?: never; readonly system?: never };

/** How tokens are chosen and when the answer ends. What is left out is the model's own default. */
export interface SamplingOptions {
  /** Most tokens of the answer; a longer one is cut and its finishReason is `length`. */
  readonly maxOutputTokens?: number;
  /** 0 picks the likeliest token. */
  readonly temperature?: number;
  /** Keeps the likeliest tokens that together reach this probability, 0 to 1. */
  readonly topP?: number;
  /** Keeps this many of the likeliest tokens. */
  readonly topK?: number;
  /** Makes sampling repeatable. */
  readonly seed?: number;
  /** Above 1 makes tokens that were already used less likely. */
  readonly repetitionPenalty?: number;
  /** The answer ends before any of these. */
  readonly stopSequences?: readonly string[];
  /** Ends runs of the same blank, on which models go round in circles at empty forms and tables. */
  readonly endBlankRuns?: boolean;
}

/** Everything a generation can be told. */
export type GenerateOptions<T = undefined> = PromptInput &
  SamplingOptions & {
    /** The shape of the answer; adds a typed `object` to the result. */
    readonly schema?: OutputSchema<T>;
    /** Most tiles one image is cut into. */
    readonly maxTiles?: number;
    /** Stops the work; the call rejects with `signal.reason` untouched. */
    readonly signal?: AbortSignal;
  };

/** Why an answer ended: the model said so, the token limit, or a stop sequence of the caller's. */
export type FinishReason = 'stop' | 'length' | 'stop-sequence';

/** Something the caller should know about an answer that came nevertheless. */
export interface Warning {
  readonly type: 'unsupported' | 'compatibility' | 'other';
  readonly message: string;
}

/** Token counts. */
export interface Usage {
  /** All prompt tokens, image tokens included. */
  readonly inputTokens: number;
  readonly imageTokens: number;
  readonly outputTokens: number;
  /** Prompt tokens whose work was reused from an earlier question on the same page. */
  readonly cachedTokens: number;
}

/** Milliseconds of wall time per phase, measured where the model runs. */
export interface Timings {
  readonly queueMs: number;
  readonly imageMs: number;
  readonly visionMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
}

/** A finished answer. */
export interface GenerateResult<T = undefined> {
  /** The answer as the model wrote it, untrimmed. */
  readonly text: string;
  /** The checked value, when a schema was given; undefined otherwise. */
  readonly object: T;
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  readonly timings: Timings;
  readonly warnings: readonly Warning[];
}

/** A value of which any part may still be missing. */
export type DeepPartial<T> = T extends readonly (infer U)[]
  ? readonly DeepPartial<U>[]
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** What a generation is doing. */
export type GenerationPhase = 'decode-image' | 'encode-image' | 'prefill' | 'generate';

/** One step of a generation, in the order it happens; `finish` is the last. */
export type GenerationEvent<T = undefined> =
  | { readonly type: 'progress'; readonly phase: GenerationPhase; readonly done: number; readonly total: number }
  | { readonly type: 'text-delta'; readonly delta: string }
  | { readonly type: 'object-delta'; readonly partial: DeepPartial<T> }
  | { readonly type: 'finish'; readonly result: GenerateResult<T> };

/**
 * A generation that runs while it is read. Lazy: nothing happens until it is iterated or `result` is awaited. Single use: read it once, through one of
 * its three iterables or through `result` alone. `break`, an exception in the loop, the caller's signal or disposal stop the work.
 */
export interface GenerationStream<T = undefined> extends AsyncIterable<GenerationEvent<T>>, AsyncDisposable {
  /** Only the text, piece by piece. */
  readonly textStream: AsyncIterable<string>;
  /** The object as far as it is known; not checked against the schema. */
  readonly partialObjectStream: AsyncIterable<DeepPartial<T>>;
  /** The finished answer; awaiting it without iterating runs the generation. */
  readonly result: Promise<GenerateResult<T>>;
}

/** What a local and a remote model have in common. */
export interface VisionModelLike {
  readonly id: string;
  generate<T = undefined>(options: GenerateOptions<T>): Promise<GenerateResult<T>>;
  stream<T = undefined>(options: GenerateOptions<T>): GenerationStream<T>;
}

/** A schema of zod (4.2 or newer), ArkType, Valibot (with its JSON Schema package), or `jsonSchema()`: the meeting point of Standard Schema and Standard JSON Schema. */
export interface OutputSchema<T = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
    readonly validate: (value: unknown, options?: SchemaOptions | undefined) => SchemaResult<T> | Promise<SchemaResult<T>>;
    readonly jsonSchema: {
      readonly input: (options: JsonSchemaOptions) => Record<string, unknown>;
      readonly output: (options: JsonSchemaOptions) => Record<string, unknown>;
    };
  };
}

/** What Standard Schema's validate may be told. */
export interface SchemaOptions {
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

/** What Standard JSON Schema's converters are told. */
export interface JsonSchemaOptions extends SchemaOptions {
  readonly target: 'draft-2020-12' | 'draft-07' | 'openapi-3.0' | ({} & string);
}

/** What Standard Schema's validate answers. */
export type SchemaResult<T> = { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** One way in which a value does not fit. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
