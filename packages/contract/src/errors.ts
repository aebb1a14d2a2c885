/** Stable identifiers of what went wrong. They never change meaning; new ones may be added. */
export type VisionErrorCode =
  | 'INVALID_ARGUMENT'
  | 'MODEL_NOT_FOUND'
  | 'MODEL_FILE_CORRUPT'
  | 'MODEL_UNSUPPORTED'
  | 'RUNTIME_UNAVAILABLE'
  | 'STORAGE_UNAVAILABLE'
  | 'NETWORK_FORBIDDEN'
  | 'NETWORK_FAILED'
  | 'IMAGE_NOT_FOUND'
  | 'IMAGE_UNREADABLE'
  | 'IMAGE_UNSUPPORTED'
  | 'IMAGE_TOO_LARGE'
  | 'DOCUMENT_UNREADABLE'
  | 'DOCUMENT_ENCRYPTED'
  | 'DOCUMENT_TOO_LARGE'
  | 'DOCUMENT_TIMEOUT'
  | 'PAGE_NOT_FOUND'
  | 'DECODER_UNAVAILABLE'
  | 'CONTEXT_OVERFLOW'
  | 'SCHEMA_UNSUPPORTED'
  | 'OUTPUT_INVALID'
  | 'SESSION_FAILED'
  | 'MEASUREMENT_UNFINISHED'
  | 'QUEUE_FULL'
  | 'DISPOSED'
  // Only a server says these.
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'BODY_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'MODEL_LOADING'
  | 'INTERNAL'
  // Only a client says these.
  | 'CONNECTION_FAILED'
  | 'TIMEOUT'
  | 'RESPONSE_INVALID';

/** The response of a server that an error came with. */
export interface ServerResponse {
  /** The address that was asked. */
  readonly url: string;
  /** HTTP status. */
  readonly status: number;
  /** The server's `x-request-id`: quote it when asking its owner. */
  readonly requestId?: string | undefined;
  /** Response headers, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What an error may carry beside its message. */
export interface VisionErrorOptions {
  /** The next move, as a sentence for the user. */
  readonly hint?: string | undefined;
  /** The option or the field of a request at fault, as a path: `images[1]`, `messages[0].content`. */
  readonly param?: string | undefined;
  /** Where a server reported the failure. */
  readonly response?: ServerResponse | undefined;
  /** The error that was caught. */
  readonly cause?: unknown;
}

/**
 * Every failure h2ovl reports on purpose, in this process or over HTTP: `code` for programs, `message` for people and `hint` with the next move.
 * The same failure has the same class on both ways; what a server reported also carries its `response`. An abort is no failure: the caller's
 * `signal.reason` comes back untouched.
 */
export class VisionError extends Error {
  readonly code: VisionErrorCode;
  readonly hint: string | undefined;
  readonly param: string | undefined;
  readonly response: ServerResponse | undefined;

  constructor(code: VisionErrorCode, message: string, options: VisionErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VisionError';
    this.code = code;
    this.hint = options.hint;
    this.param = options.param;
    this.response = options.response;
    brand(this, 'VisionError');
  }

  /** Whether `value` is a VisionError of this or another copy of the package. */
  static isInstance(value: unknown): value is VisionError {
    return hasBrand(value, 'VisionError');
  }
}

/** The prompt does not fit the model: both numbers, before any work was done. */
export class ContextOverflowError extends VisionError {
  readonly inputTokens: number;
  readonly contextLength: number;

  constructor(inputTokens: number, contextLength: number, options: VisionErrorOptions = {}) {
    super('CONTEXT_OVERFLOW', `The prompt has ${inputTokens} tokens; this model reads ${contextLength}, the answer included.`, {
      ...options,
      hint: options.hint ?? 'Lower the option tiles, send fewer images, or shorten the text.',
    });
    this.name = 'ContextOverflowError';
    this.inputTokens = inputTokens;
    this.contextLength = contextLength;
    brand(this, 'ContextOverflowError');
  }

  static override isInstance(value: unknown): value is ContextOverflowError {
    return hasBrand(value, 'ContextOverflowError');
  }
}

/** One way in which an answer does not fit the schema. */
export interface OutputIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** An answer that does not fit its schema. */
export interface InvalidOutput {
  readonly text: string;
  readonly issues: readonly OutputIssue[];
  readonly finishReason: string;
  /** The value as far as it came, for an answer that was cut; unchecked. */
  readonly partial?: unknown;
}

/** The answer does not fit the schema it was asked for. The text that came is kept. */
export class OutputInvalidError extends VisionError {
  readonly text: string;
  readonly issues: readonly OutputIssue[];
  readonly finishReason: string;
  /** The value as far as it came, for an answer that was cut; unchecked. */
  readonly partial: unknown;

  constructor(message: string, output: InvalidOutput, options: VisionErrorOptions = {}) {
    super('OUTPUT_INVALID', message, options);
    this.name = 'OutputInvalidError';
    this.text = output.text;
    this.issues = output.issues;
    this.finishReason = output.finishReason;
    this.partial = output.partial;
    brand(this, 'OutputInvalidError');
  }

  static override isInstance(value: unknown): value is OutputInvalidError {
    return hasBrand(value, 'OutputInvalidError');
  }
}

/** A checkpoint file is damaged or not what it claims to be. Permanent: reading it again will not help. */
export class CheckpointError extends VisionError {
  readonly file: string;
  readonly tensor: string | undefined;

  constructor(
    code: 'MODEL_FILE_CORRUPT' | 'MODEL_UNSUPPORTED' | 'MODEL_NOT_FOUND',
    message: string,
    details: { readonly file: string; readonly tensor?: string | undefined },
    options: VisionErrorOptions = {},
  ) {
    super(code, message, options);
    this.name = 'CheckpointError';
    this.file = details.file;
    this.tensor = details.tensor;
    brand(this, 'CheckpointError');
  }

  static override isInstance(value: unknown): value is CheckpointError {
    return hasBrand(value, 'CheckpointError');
  }
}

/** There is too much to do now: the queue in front of the model is full, or the machine is so busy that work does not get on. Trying again later helps. */
export class BusyError extends VisionError {
  /** After how many milliseconds another try makes sense; undefined when that is not known. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, options: VisionErrorOptions & { readonly retryAfterMs?: number | undefined } = {}) {
    super('QUEUE_FULL', message, options);
    this.name = 'BusyError';
    this.retryAfterMs = options.retryAfterMs;
    brand(this, 'BusyError');
  }

  static override isInstance(value: unknown): value is BusyError {
    return hasBrand(value, 'BusyError');
  }
}

/** An error of what a caller passed. `param` is the option at fault; the hint is the caller's next move. */
export function invalidArgument(message: string, param: string, hint: string, cause?: unknown): VisionError {
  return new VisionError('INVALID_ARGUMENT', message, { param, hint, ...(cause === undefined ? {} : { cause }) });
}

/** What a value is, without what it says, which may be a secret. */
export function kindOf(value: unknown): string {
  return value === null ? 'null' : `of type ${typeof value}`;
}

/** Names the option at fault in a VisionError that does not say it yet. Anything else comes back as it is. */
export function nameParam(error: unknown, param: string): unknown {
  if (!VisionError.isInstance(error) || error.param !== undefined) return error;
  return Object.assign(error, { param }); // class, stack and cause stay
}

/** Marks an error with a registered symbol, so that `isInstance` works across duplicate copies of this package. */
export function brand(error: VisionError, name: string): void {
  Object.defineProperty(error, Symbol.for(`h2ovl.${name}`), { value: true });
}

/** Whether a value carries the mark of a class. */
export function hasBrand(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[Symbol.for(`h2ovl.${name}`)] === true;
}
