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
  | 'CONTEXT_OVERFLOW'
  | 'OUTPUT_INVALID'
  | 'SESSION_FAILED'
  | 'QUEUE_FULL'
  | 'DISPOSED';

/** What an error may carry beside its message. */
export interface VisionErrorOptions {
  /** The next move, as a sentence for the user. */
  readonly hint?: string;
  /** The error that was caught. */
  readonly cause?: unknown;
}

const brand = Symbol.for('h2ovl.VisionError');

/** Every failure this library reports on purpose: `code` for programs, `message` with numbers and `hint` with the next move for people. */
export class VisionError extends Error {
  readonly code: VisionErrorCode;
  readonly hint: string | undefined;

  constructor(code: VisionErrorCode, message: string, options: VisionErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VisionError';
    this.code = code;
    this.hint = options.hint;
    // A registered symbol, so that the check works across duplicate copies of this package.
    Object.defineProperty(this, brand, { value: true });
  }

  /** Whether `value` is a VisionError of this or another copy of the package. */
  static isInstance(value: unknown): value is VisionError {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}

/** The prompt does not fit the model: both numbers, before any work was done. */
export class ContextOverflowError extends VisionError {
  readonly inputTokens: number;
  readonly contextLength: number;

  constructor(inputTokens: number, contextLength: number, options: VisionErrorOptions = {}) {
    super('CONTEXT_OVERFLOW', `The prompt has ${inputTokens} tokens; this model reads ${contextLength}, the answer included.`, {
      hint: 'Lower maxTiles, send fewer images, or shorten the text.',
      ...options,
    });
    this.name = 'ContextOverflowError';
    this.inputTokens = inputTokens;
    this.contextLength = contextLength;
  }
}

/** One way in which an answer does not fit the schema. */
export interface OutputIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** The answer does not fit the schema it was asked for. The text that came is kept. */
export class OutputInvalidError extends VisionError {
  readonly text: string;
  readonly issues: readonly OutputIssue[];
  readonly finishReason: string;

  constructor(
    message: string,
    details: { readonly text: string; readonly issues: readonly OutputIssue[]; readonly finishReason: string },
    options: VisionErrorOptions = {},
  ) {
    super('OUTPUT_INVALID', message, options);
    this.name = 'OutputInvalidError';
    this.text = details.text;
    this.issues = details.issues;
    this.finishReason = details.finishReason;
  }
}

/** A checkpoint file is damaged or not what it claims to be. Permanent: reading it again will not help. */
export class CheckpointError extends VisionError {
  readonly file: string;
  readonly tensor: string | undefined;

  constructor(
    code: 'MODEL_FILE_CORRUPT' | 'MODEL_UNSUPPORTED' | 'MODEL_NOT_FOUND',
    message: string,
    details: { readonly file: string; readonly tensor?: string },
    options: VisionErrorOptions = {},
  ) {
    super(code, message, options);
    this.name = 'CheckpointError';
    this.file = details.file;
    this.tensor = details.tensor;
  }
}
