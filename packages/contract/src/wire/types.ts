import type { OutputIssue, VisionErrorCode } from '../errors.ts';
import type { ProgressEvent } from '../events.ts';
import type { FinishReason, ValueFlags, Warning } from '../result.ts';
import type { WireDocument } from './documents/types.ts';

/**
 * The HTTP contract of the h2ovl server: OpenAI-shaped chat completions plus a few additions of ours.
 * The one home of these shapes; the server, the SDK and the n8n node build on them.
 * A field that is `null` counts as absent. Clients ignore fields they do not know; the server names those of a request in a warning of the answer.
 */

/** The last `data:` of every stream that ended well. */
export const streamEndMark: string = '[DONE]';

/** Text in a message. */
export interface ChatTextPart {
  readonly type: 'text';
  readonly text: string;
}

/**
 * A picture in a message, as a `data:` URL. The server fetches nothing: http(s) URLs are refused. `detail: "low"` is not followed, with a warning: every
 * picture is shown in full detail, and `max_tiles` makes it less.
 */
export interface ChatImagePart {
  readonly type: 'image_url';
  readonly image_url: { readonly url: string; readonly detail?: 'auto' | 'low' | 'high' };
}

/**
 * A PDF in a message, as OpenAI's clients send it: all of its pages stand as pictures where the part stands. Other files are refused, and so is
 * `file_id`, since no files are kept.
 */
export interface ChatFilePart {
  readonly type: 'file';
  readonly file: {
    /** `data:application/pdf;base64,…`, or the base64 alone. */
    readonly file_data?: string;
    readonly filename?: string;
    readonly file_id?: string;
  };
}

/**
 * One message, passed to the model as it is. `developer` is read as `system`; `null` is an answer without text. Where its pictures stand in the
 * prompt, and what becomes of messages of one role in a row, core's own `Message` says.
 */
export type ChatMessage =
  | { readonly role: 'system' | 'developer'; readonly content: string | readonly ChatTextPart[] }
  | { readonly role: 'user'; readonly content: string | readonly (ChatTextPart | ChatImagePart | ChatFilePart)[] }
  | { readonly role: 'assistant'; readonly content: string | readonly ChatTextPart[] | null };

/**
 * The shape an answer must have. The model can write nothing else, and `content` is the bare JSON text as it grows. With `strict: true` a schema with a
 * condition that cannot be enforced in this way is a 400 (SCHEMA_UNSUPPORTED). With `strict: false` such conditions are checked after the answer, which comes
 * in one piece, is asked for once more when it does not fit, and then a 422. Without `strict` (OpenAI's default is false) a schema is enforced where that
 * is possible, and else checked, with a warning. An answer that is cut at its limit is a 422 with the value as far as it came.
 */
export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema';
      readonly json_schema: {
        readonly name: string;
        readonly description?: string;
        readonly schema: Readonly<Record<string, unknown>>;
        readonly strict?: boolean;
      };
    };

/** What a stream should carry beside the text. */
export interface StreamOptions {
  /** A last chunk with `usage` and without choices. @default false */
  readonly include_usage?: boolean;
  /** Ours: chunks with `h2ovl.progress` and without choices, per tile and while decoding. @default false */
  readonly include_progress?: boolean;
}

/** Body of `POST /v1/chat/completions`. */
export interface ChatCompletionRequest {
  /** Alias or folder name of the model, as `GET /v1/models` lists it. */
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  /** Most tokens of the answer; wins over `max_tokens`. */
  readonly max_completion_tokens?: number;
  /** The older name of `max_completion_tokens`. */
  readonly max_tokens?: number;
  /** 0 picks the likeliest token. */
  readonly temperature?: number;
  readonly top_p?: number;
  /** Ours. */
  readonly top_k?: number;
  readonly seed?: number;
  readonly stop?: string | readonly string[];
  /** Ours. 1 changes nothing. */
  readonly repetition_penalty?: number;
  /** Ours. Ends runs of the same blank, on which models go round in circles at empty forms and tables. @default false */
  readonly end_blank_runs?: boolean;
  /** Ours. Most tiles one image is cut into. */
  readonly max_tiles?: number;
  readonly response_format?: ResponseFormat;
  /** @default false */
  readonly stream?: boolean;
  readonly stream_options?: StreamOptions;
}

/** Why an answer ended, in OpenAI's words: a stop sequence is `stop` too. */
export type ChatFinishReason = 'stop' | 'length';

/** Token counts. */
export interface ChatUsage {
  /** All prompt tokens, image tokens included. */
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number; readonly image_tokens?: number };
}

/** Milliseconds of wall time per phase. */
export interface WireTimings {
  readonly queue_ms: number;
  readonly image_ms: number;
  readonly vision_ms: number;
  readonly prefill_ms: number;
  readonly decode_ms: number;
}

/** How far the work is. */
export type WireProgress = Omit<ProgressEvent, 'type'>;

/** What OpenAI's shape has no place for. It stands in the response, or in the chunk that carries `finish_reason`. */
export interface WireDetails extends ValueFlags {
  /** The exact reason; `finish_reason` says `stop` for both `stop` and `stop-sequence`. */
  readonly finish_reason: FinishReason;
  readonly timings?: WireTimings;
  readonly warnings?: readonly Warning[];
  /**
   * UTF-16 code units of all `delta.content` of a stream together: a client that holds more or fewer was handed a stream that lost or repeated
   * something on its way.
   */
  readonly content_chars?: number;
  /** The PDFs of the request, in their order. */
  readonly documents?: readonly WireDocument[];
}

/** Answer to a request without `stream`. */
export interface ChatCompletion {
  readonly id: string;
  readonly object: 'chat.completion';
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly [
    {
      readonly index: 0;
      readonly message: { readonly role: 'assistant'; readonly content: string; readonly refusal: null };
      readonly logprobs: null;
      readonly finish_reason: ChatFinishReason;
    },
  ];
  readonly usage: ChatUsage;
  readonly h2ovl?: WireDetails;
}

/** The new part of an answer. */
export interface ChatDelta {
  readonly role?: 'assistant';
  readonly content?: string;
}

/**
 * One `data:` line of a stream. In order: a chunk with `delta.role`, sent before any work; progress chunks between (when asked for);
 * chunks with `delta.content`; one with `finish_reason`, an empty delta and `h2ovl.finish_reason`; one with `usage` (when asked for); `[DONE]`.
 * While nothing else is sent, a comment line (`: …`) comes every few seconds as a heartbeat.
 * A failure after the first byte is a `data:` line with an `ErrorEnvelope`, and the stream ends there.
 */
export interface ChatCompletionChunk {
  readonly id: string;
  readonly object: 'chat.completion.chunk';
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  /** Empty in progress and usage chunks. */
  readonly choices: readonly {
    readonly index: 0;
    readonly delta: ChatDelta;
    readonly logprobs: null;
    readonly finish_reason: ChatFinishReason | null;
  }[];
  /** Null before the usage chunk when usage was asked for. */
  readonly usage?: ChatUsage | null;
  readonly h2ovl?: WireDetails | { readonly progress: WireProgress };
}

/** What went wrong, for programs: every code but those of a client that got no answer. */
export type WireErrorCode = Exclude<VisionErrorCode, 'CONNECTION_FAILED' | 'TIMEOUT' | 'RESPONSE_INVALID'>;

/** Body of every answer that is not a success, and of the `data:` line that ends a failed stream. */
export interface ErrorEnvelope {
  readonly error: {
    readonly message: string;
    /** OpenAI's coarse class. */
    readonly type:
      | 'invalid_request_error'
      | 'authentication_error'
      | 'permission_error'
      | 'not_found_error'
      | 'rate_limit_error'
      | 'server_error';
    /** The field at fault, as a path: `messages[0].content[1].image_url.url`. */
    readonly param: string | null;
    readonly code: WireErrorCode;
    /** Ours: the next move, as a sentence for the user. */
    readonly hint?: string;
    /**
     * Ours, with OUTPUT_INVALID: the text that came and how it misses the schema; `partial` is the value as far as it came, for an answer that was cut
     * at its limit (`finish_reason: "length"`).
     */
    readonly output?: {
      readonly text: string;
      readonly finish_reason: string;
      readonly issues: readonly OutputIssue[];
      readonly partial?: unknown;
    };
    /** Ours, with CONTEXT_OVERFLOW. */
    readonly context?: { readonly input_tokens: number; readonly context_length: number };
    /** Ours, with MODEL_FILE_CORRUPT, MODEL_UNSUPPORTED or MODEL_NOT_FOUND: the file at fault. */
    readonly checkpoint?: { readonly file: string; readonly tensor?: string };
  };
}

/** The status that goes with each code. */
export const errorStatuses: Readonly<Record<WireErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  IMAGE_NOT_FOUND: 400,
  IMAGE_UNREADABLE: 400,
  IMAGE_UNSUPPORTED: 400,
  DOCUMENT_UNREADABLE: 400,
  DOCUMENT_ENCRYPTED: 400,
  PAGE_NOT_FOUND: 400,
  CONTEXT_OVERFLOW: 400,
  SCHEMA_UNSUPPORTED: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  MODEL_NOT_FOUND: 404,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_LARGE: 413,
  IMAGE_TOO_LARGE: 413,
  DOCUMENT_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  OUTPUT_INVALID: 422,
  DOCUMENT_TIMEOUT: 422,
  QUEUE_FULL: 429,
  MODEL_FILE_CORRUPT: 500,
  MODEL_UNSUPPORTED: 500,
  SESSION_FAILED: 500,
  INTERNAL: 500,
  DISPOSED: 503,
  MODEL_LOADING: 503,
  RUNTIME_UNAVAILABLE: 503,
  DECODER_UNAVAILABLE: 503,
  NETWORK_FORBIDDEN: 503,
  NETWORK_FAILED: 503,
  STORAGE_UNAVAILABLE: 503,
};

/** Answer of `GET /v1/models`. */
export interface ModelList {
  readonly object: 'list';
  readonly data: readonly {
    readonly id: string;
    readonly object: 'model';
    /** Seconds since 1970. */
    readonly created: number;
    readonly owned_by: string;
  }[];
}

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
    readonly adapter: string;
    readonly threads: number;
  };
  readonly reasons: readonly string[];
}

/** Answer of `POST /v1/count_tokens`, whose body is that of a chat completion; what concerns the answer alone does not matter. */
export interface WireTokenCount {
  readonly object: 'token_count';
  /** All prompt tokens, image tokens included. */
  readonly input_tokens: number;
  readonly image_tokens: number;
}

/** What a server's model is doing. `idle`: nobody has asked yet. `failed`: the last load failed; the next question tries again. */
export type ModelStatus = 'idle' | 'loading' | 'ready' | 'failed';

/** Answer of `GET /health`: 200 in every state, since the process lives. Without the token that a server asks for, only the status. */
export interface Health {
  readonly status: ModelStatus;
  /** The model's id, once known. */
  readonly model?: string;
  readonly queue: { readonly running: number; readonly waiting: number; readonly limit: number };
}
