import type { OutputIssue, VisionErrorCode } from '../errors.ts';

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
  MEASUREMENT_UNFINISHED: 503,
  MODEL_LOADING: 503,
  RUNTIME_UNAVAILABLE: 503,
  DECODER_UNAVAILABLE: 503,
  NETWORK_FORBIDDEN: 503,
  NETWORK_FAILED: 503,
  STORAGE_UNAVAILABLE: 503,
};
