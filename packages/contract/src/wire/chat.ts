import type { DraftChoice, TileChoice } from '../options.ts';
import type { FinishReason, ValueFlags, Warning } from '../result.ts';
import type { WireCertainty } from './certainty.ts';
import type { WireDocument } from './documents/types.ts';
import type { WireProgress, WireTimings } from './generation.ts';

/**
 * The HTTP contract for chats: OpenAI-shaped chat completions plus a few additions of ours.
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
 * picture is shown in full detail, and `tiles` makes it less.
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

/** OpenAI's predicted output. */
export interface ChatPrediction {
  readonly type: 'content';
  readonly content: string | readonly ChatTextPart[];
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
  /** Ours. Ends an answer that goes round in circles; `finish_reason` is then `length`, and that of `h2ovl` is `loop`. @default true */
  readonly end_loops?: boolean;
  /** Ours. Milliseconds that the model may work on the answer; then it is what there is: `finish_reason` is `length`, and that of `h2ovl` is `timeout`. */
  readonly budget_ms?: number;
  /** Ours. What another reader saw on the page: tells what stands there several times from a loop. */
  readonly page_text?: string;
  /** Ours. Whether text that is known is proposed to the model; see the library's option. @default 'auto' */
  readonly drafts?: DraftChoice;
  /** Text that the answer may follow: it saves time where the model writes the same. */
  readonly prediction?: ChatPrediction;
  /** Ours. Tiles one image is cut into: at most so many, or `auto`. */
  readonly tiles?: TileChoice;
  readonly response_format?: ResponseFormat;
  /** @default false */
  readonly stream?: boolean;
  readonly stream_options?: StreamOptions;
}

/** Why an answer ended, in OpenAI's words: a stop sequence is `stop` too, and whatever cut an answer is `length`. */
export type ChatFinishReason = 'stop' | 'length';

/** Token counts. */
export interface ChatUsage {
  /** All prompt tokens, image tokens included. */
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number; readonly image_tokens?: number };
  /** Tokens that were proposed to the model, by what became of them; left out where none were. */
  readonly completion_tokens_details?: { readonly accepted_prediction_tokens?: number; readonly rejected_prediction_tokens?: number };
}

/** What OpenAI's shape has no place for. It stands in the response, or in the chunk that carries `finish_reason`. */
export interface WireDetails extends ValueFlags {
  /** The exact reason; `finish_reason` says `stop` for both `stop` and `stop-sequence`, and `length` for `length`, `loop` and `timeout`. */
  readonly finish_reason: FinishReason;
  readonly timings?: WireTimings;
  readonly warnings?: readonly Warning[];
  readonly certainty?: WireCertainty;
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
