import type { InvalidOutput as ErrorOutput } from '@h2ovl/contract';
import type { ErrorContent } from '@h2ovl/contract/wire';
import { errorStatuses } from '@h2ovl/contract/wire';

/** What an error may carry beside its message. */
export interface APIErrorDetails {
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly param?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** One way in which an answer does not fit the schema. */
export interface OutputIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/**
 * Every failure this package reports on purpose; an abort is not one: the caller's `signal.reason` comes back untouched. `code` is the server's
 * (the codes of core's VisionError and those of the wire), or one of ours: `INVALID_ARGUMENT`, `IMAGE_NOT_FOUND`, `IMAGE_TOO_LARGE`,
 * `CONNECTION_FAILED`, `TIMEOUT`, `RESPONSE_INVALID`, `OUTPUT_INVALID`, `RUNTIME_UNAVAILABLE`.
 */
export class APIError extends Error {
  /** HTTP status; undefined when the failure happened on this side. */
  readonly status: number | undefined;
  readonly code: string | undefined;
  /** The server's `x-request-id`: quote it when asking its owner. */
  readonly requestId: string | undefined;
  /** Response headers, names in lower case; empty when there was no response. */
  readonly headers: Readonly<Record<string, string>>;
  /** The field of the request at fault. */
  readonly param: string | undefined;
  /** The next move, as a sentence for the user. */
  readonly hint: string | undefined;

  constructor(message: string, details: APIErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'APIError';
    this.status = details.status;
    this.code = details.code;
    this.requestId = details.requestId;
    this.headers = details.headers ?? {};
    this.param = details.param;
    this.hint = details.hint;
    brand(this, 'APIError');
  }

  /** Whether `value` is an APIError of this or another copy of the package. */
  static isInstance(value: unknown): value is APIError {
    return hasBrand(value, 'APIError');
  }
}

/** No answer came, or it broke off: the server is not there, or the connection was lost. */
export class APIConnectionError extends APIError {
  constructor(message: string, details: APIErrorDetails = {}) {
    super(message, { ...details, code: details.code ?? 'CONNECTION_FAILED' });
    this.name = 'APIConnectionError';
    brand(this, 'APIConnectionError');
  }

  static override isInstance(value: unknown): value is APIConnectionError {
    return hasBrand(value, 'APIConnectionError');
  }
}

/** The call took longer than its `timeout`. */
export class APITimeoutError extends APIConnectionError {
  constructor(message: string, details: APIErrorDetails = {}) {
    super(message, { ...details, code: details.code ?? 'TIMEOUT' });
    this.name = 'APITimeoutError';
    brand(this, 'APITimeoutError');
  }

  static override isInstance(value: unknown): value is APITimeoutError {
    return hasBrand(value, 'APITimeoutError');
  }
}

/** 400: the request is wrong; `param` names the field. An unreadable image and too long a prompt come here too. */
export class BadRequestError extends APIError {
  constructor(message: string, details: APIErrorDetails = {}) {
    super(message, details);
    this.name = 'BadRequestError';
    brand(this, 'BadRequestError');
  }

  static override isInstance(value: unknown): value is BadRequestError {
    return hasBrand(value, 'BadRequestError');
  }
}

/** 401: no key, or a wrong one. */
export class AuthenticationError extends APIError {
  constructor(message: string, details: APIErrorDetails = {}) {
    super(message, details);
    this.name = 'AuthenticationError';
    brand(this, 'AuthenticationError');
  }

  static override isInstance(value: unknown): value is AuthenticationError {
    return hasBrand(value, 'AuthenticationError');
  }
}

/** 404: the server has no such model, or no such path. */
export class NotFoundError extends APIError {
  constructor(message: string, details: APIErrorDetails = {}) {
    super(message, details);
    this.name = 'NotFoundError';
    brand(this, 'NotFoundError');
  }

  static override isInstance(value: unknown): value is NotFoundError {
    return hasBrand(value, 'NotFoundError');
  }
}

/** 413: the body or an image is too large. */
export class TooLargeError extends APIError {
  constructor(message: string, details: APIErrorDetails = {}) {
    super(message, details);
    this.name = 'TooLargeError';
    brand(this, 'TooLargeError');
  }

  static override isInstance(value: unknown): value is TooLargeError {
    return hasBrand(value, 'TooLargeError');
  }
}

/** 422, or found on this side: the answer does not fit the schema. The text that came is kept, as in core's OutputInvalidError. */
export class UnprocessableError extends APIError {
  readonly text: string;
  readonly issues: readonly OutputIssue[];
  readonly finishReason: string;

  constructor(message: string, output: ErrorOutput, details: APIErrorDetails = {}) {
    super(message, { ...details, code: details.code ?? 'OUTPUT_INVALID' });
    this.name = 'UnprocessableError';
    this.text = output.text;
    this.issues = output.issues;
    this.finishReason = output.finishReason;
    brand(this, 'UnprocessableError');
  }

  static override isInstance(value: unknown): value is UnprocessableError {
    return hasBrand(value, 'UnprocessableError');
  }
}

/** 429: the server's line is full. */
export class BusyError extends APIError {
  /** How long the server asks to wait, in milliseconds; undefined when it does not say. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs: number | undefined, details: APIErrorDetails = {}) {
    super(message, details);
    this.name = 'BusyError';
    this.retryAfterMs = retryAfterMs;
    brand(this, 'BusyError');
  }

  static override isInstance(value: unknown): value is BusyError {
    return hasBrand(value, 'BusyError');
  }
}

/** 5xx: the server failed, or is still loading its model (503). */
export class ServerError extends APIError {
  constructor(message: string, details: APIErrorDetails = {}) {
    super(message, details);
    this.name = 'ServerError';
    brand(this, 'ServerError');
  }

  static override isInstance(value: unknown): value is ServerError {
    return hasBrand(value, 'ServerError');
  }
}

/** The error for a status: the one place where the tree is built. */
export function createStatusError(message: string, details: APIErrorDetails & { readonly status: number }, output?: ErrorOutput): APIError {
  const { status } = details;
  if (status === 400) return new BadRequestError(message, details);
  if (status === 401) return new AuthenticationError(message, details);
  if (status === 404) return new NotFoundError(message, details);
  if (status === 413) return new TooLargeError(message, details);
  if (status === 422) return new UnprocessableError(message, output ?? { text: '', issues: [], finishReason: 'stop' }, details);
  if (status === 429) return new BusyError(message, readRetryAfter(details.headers?.['retry-after']), details);
  if (status >= 500) return new ServerError(message, details);
  return new APIError(message, details);
}

/** The error for an envelope that came after the first byte, where the status is already spent: its code says which status it would have been. */
export function createStreamError(content: ErrorContent, details: APIErrorDetails): APIError {
  const status = (errorStatuses as Readonly<Record<string, number>>)[content.code ?? ''] ?? 500;
  return createStatusError(content.message, { ...details, ...describe(content), status }, content.output);
}

/** The fields of an envelope that an error keeps. */
export function describe(content: ErrorContent): Pick<APIErrorDetails, 'code' | 'param' | 'hint'> {
  return { code: content.code, param: content.param, hint: content.hint };
}

/** Milliseconds in a Retry-After header: seconds, or a date. */
export function readRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

// Registered symbols, so that the checks work across duplicate copies of this package.
function brand(error: APIError, name: string): void {
  Object.defineProperty(error, Symbol.for(`h2ovl.${name}`), { value: true });
}

function hasBrand(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[Symbol.for(`h2ovl.${name}`)] === true;
}
