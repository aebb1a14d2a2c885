import { errorStatuses, type WireErrorCode } from '@h2ovl/contract/wire';

/** What a ServerError may carry beside its message. */
export interface ServerErrorOptions {
  /** The next move, as a sentence for the user. */
  readonly hint?: string;
  /** The request field at fault, as a path: `messages[0].content`. */
  readonly param?: string;
  /** Seconds after which another try makes sense. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** A refusal of the server's own (paths, bodies, tokens, the line); failures of the model are core's VisionError. */
export class ServerError extends Error {
  readonly code: WireErrorCode;
  readonly hint: string | undefined;
  readonly param: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: WireErrorCode, message: string, options: ServerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ServerError';
    this.code = code;
    this.hint = options.hint;
    this.param = options.param;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** One way in which an answer misses its schema. */
export interface OutputProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A failure as both doors report it. */
export interface Failure {
  readonly code: WireErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly param?: string;
  readonly retryAfterSeconds?: number;
  /** With OUTPUT_INVALID: the text that came and how it misses the schema. */
  readonly output?: {
    readonly text: string;
    readonly finishReason: 'stop' | 'length' | 'stop-sequence';
    readonly issues: readonly OutputProblem[];
  };
}

// The registered symbol core brands its errors with. Looked up here instead of importing core, whose native parts must not load
// before the first document (a client that only lists tools should be answered at once).
const visionErrorBrand = Symbol.for('h2ovl.VisionError');

/** Turns anything caught into what a client may be told: known failures word for word, others without their details. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof ServerError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.param === undefined ? {} : { param: error.param }),
      ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    };
  }
  if (isVisionError(error)) {
    const output = readOutput(error);
    return {
      code: error.code in errorStatuses ? (error.code as WireErrorCode) : 'INTERNAL',
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(output === undefined ? {} : { output }),
    };
  }
  return { code: 'INTERNAL', message: 'The server failed in a way it did not expect.', hint: 'Its log on stderr says where.' };
}

interface VisionErrorLike extends Error {
  readonly code: string;
  readonly hint?: string | undefined;
  readonly text?: unknown;
  readonly issues?: unknown;
  readonly finishReason?: unknown;
}

function isVisionError(value: unknown): value is VisionErrorLike {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[visionErrorBrand] === true;
}

function readOutput(error: VisionErrorLike): Failure['output'] {
  if (error.code !== 'OUTPUT_INVALID' || typeof error.text !== 'string' || !Array.isArray(error.issues)) return undefined;
  const finishReason = error.finishReason === 'length' || error.finishReason === 'stop-sequence' ? error.finishReason : 'stop';
  return { text: error.text, finishReason, issues: error.issues as readonly OutputProblem[] };
}
