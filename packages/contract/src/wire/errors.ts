import {
  BusyError,
  CheckpointError,
  ContextOverflowError,
  type InvalidOutput,
  OutputInvalidError,
  type ServerResponse,
  VisionError,
  type VisionErrorOptions,
} from '../errors.ts';
import { APIError, type APIErrorCode, AuthenticationError, NotFoundError, PermissionDeniedError, ServerError } from '../remote-errors.ts';
import { type ErrorEnvelope, errorStatuses, type WireErrorCode } from './error-envelope.ts';
import { toList, toRecord, toText } from './read-values.ts';

/** What an error body says. */
export interface ErrorContent {
  readonly message: string;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly hint: string | undefined;
  /** With OUTPUT_INVALID: the text that came and how it misses the schema. */
  readonly output: InvalidOutput | undefined;
  /** With CONTEXT_OVERFLOW. */
  readonly context: { readonly inputTokens: number; readonly contextLength: number } | undefined;
  /** With an error of a model file. */
  readonly checkpoint: { readonly file: string; readonly tensor: string | undefined } | undefined;
}

/** The body for an error. A code that only a client has is told as INTERNAL. */
export function writeError(error: VisionError): ErrorEnvelope {
  const code = wireCode(error.code) ?? 'INTERNAL';
  return {
    error: {
      message: error.message,
      type: typeOf(errorStatuses[code]),
      param: error.param ?? null,
      code,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(OutputInvalidError.isInstance(error) ? { output: writeOutput(error) } : {}),
      ...(ContextOverflowError.isInstance(error)
        ? { context: { input_tokens: error.inputTokens, context_length: error.contextLength } }
        : {}),
      ...(CheckpointError.isInstance(error)
        ? { checkpoint: { file: error.file, ...(error.tensor === undefined ? {} : { tensor: error.tensor }) } }
        : {}),
    },
  };
}

/** An answer that does not fit, as an error carries it. */
export function writeOutput({ text, finishReason, issues, partial }: InvalidOutput): NonNullable<ErrorEnvelope['error']['output']> {
  return { text, finish_reason: finishReason, issues, ...(partial === undefined ? {} : { partial }) };
}

/** What an error body says; undefined when the value is not an error envelope. */
export function readError(value: unknown): ErrorContent | undefined {
  const error = toRecord(toRecord(value)?.error);
  const message = toText(error?.message);
  if (error === undefined || message === undefined) return undefined;
  return {
    message,
    code: toText(error.code),
    param: toText(error.param),
    hint: toText(error.hint),
    output: readOutput(error.output),
    context: readContext(error.context),
    checkpoint: readCheckpoint(error.checkpoint),
  };
}

/**
 * The error of an envelope, with the class it had where it was thrown. `response.status` decides where the code is not one of ours.
 */
export function createError(content: ErrorContent, response: ServerResponse): VisionError {
  const { message, param, hint, output, context, checkpoint } = content;
  const options = { param, hint, response };
  const code = content.code === undefined ? undefined : wireCode(content.code);
  if (code === 'CONTEXT_OVERFLOW' && context) return new ContextOverflowError(context.inputTokens, context.contextLength, options);
  if (code === 'OUTPUT_INVALID' && output) return new OutputInvalidError(message, output, options);
  if ((code === 'MODEL_FILE_CORRUPT' || code === 'MODEL_UNSUPPORTED' || code === 'MODEL_NOT_FOUND') && checkpoint) {
    return new CheckpointError(code, message, checkpoint, options);
  }
  return code === undefined ? createStatusError(message, options) : createCodeError(code, message, options);
}

/** The error of a response whose body is no envelope of ours. */
export function createStatusError(message: string, options: VisionErrorOptions & { readonly response: ServerResponse }): VisionError {
  const { status } = options.response;
  if (status === 401) return new AuthenticationError(message, options);
  if (status === 403) return new PermissionDeniedError(message, options);
  if (status === 404) return new NotFoundError(message, options);
  if (status === 405) return new APIError('METHOD_NOT_ALLOWED', message, options);
  if (status === 413) return new APIError('BODY_TOO_LARGE', message, options);
  if (status === 415) return new APIError('UNSUPPORTED_MEDIA_TYPE', message, options);
  if (status === 400 || status === 422) return new VisionError('INVALID_ARGUMENT', message, options);
  if (status === 429) return createBusyError(message, options);
  if (status === 503) return new ServerError('MODEL_LOADING', message, options);
  if (status >= 500) return new ServerError('INTERNAL', message, options);
  return new APIError('RESPONSE_INVALID', message, options);
}

/**
 * Milliseconds in a Retry-After header: seconds, with a fraction or not, or a date as HTTP writes it. Undefined for everything else, a negative
 * number included. `date` is the same answer's Date header: a date is counted from the server's clock, since the client's may be wrong.
 */
export function readRetryAfter(value: string | undefined, date?: string): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const until = readDate(text);
  return until === undefined ? undefined : Math.max(0, until - (readDate(date ?? '') ?? Date.now()));
}

/** Milliseconds since 1970. Only HTTP's own ways to write a date, which begin with the day: `Date.parse` alone finds one in almost anything. */
function readDate(text: string): number | undefined {
  const isDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w -]+ \d\d:\d\d:\d\d( GMT| \d{4})$/.test(text);
  const date = isDate ? Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) : Number.NaN; // the oldest way leaves the zone out
  return Number.isNaN(date) ? undefined : date;
}

/** The code, when it is one that HTTP carries. */
export function wireCode(code: string): WireErrorCode | undefined {
  return Object.hasOwn(errorStatuses, code) ? (code as WireErrorCode) : undefined;
}

const apiErrorCodes: readonly string[] = ['METHOD_NOT_ALLOWED', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'];

function createCodeError(
  code: WireErrorCode,
  message: string,
  options: VisionErrorOptions & { readonly response: ServerResponse },
): VisionError {
  if (code === 'UNAUTHORIZED') return new AuthenticationError(message, options);
  if (code === 'FORBIDDEN') return new PermissionDeniedError(message, options);
  if (code === 'NOT_FOUND') return new NotFoundError(message, options);
  if (code === 'QUEUE_FULL') return createBusyError(message, options);
  if (code === 'MODEL_LOADING' || code === 'INTERNAL') return new ServerError(code, message, options);
  if (code === 'OUTPUT_INVALID') return new OutputInvalidError(message, { text: '', issues: [], finishReason: 'stop' }, options);
  if (apiErrorCodes.includes(code)) return new APIError(code as APIErrorCode, message, options);
  return new VisionError(code, message, options);
}

function createBusyError(message: string, options: VisionErrorOptions & { readonly response: ServerResponse }): BusyError {
  const { headers } = options.response;
  return new BusyError(message, { ...options, retryAfterMs: readRetryAfter(headers['retry-after'], headers.date) });
}

/** OpenAI's coarse class of a status. */
function typeOf(status: number): ErrorEnvelope['error']['type'] {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function readOutput(value: unknown): InvalidOutput | undefined {
  const output = toRecord(value);
  const text = output?.text;
  if (output === undefined || typeof text !== 'string') return undefined;
  const issues = toList(output.issues).map((issue) => ({
    path: toList(toRecord(issue)?.path).filter((key) => typeof key === 'string' || typeof key === 'number'),
    message: toText(toRecord(issue)?.message) ?? 'does not fit',
  }));
  const partial = output.partial === undefined ? {} : { partial: output.partial };
  return { text, finishReason: toText(output.finish_reason) ?? 'stop', issues, ...partial };
}

function readContext(value: unknown): ErrorContent['context'] {
  const context = toRecord(value);
  const { input_tokens: inputTokens, context_length: contextLength } = context ?? {};
  return typeof inputTokens === 'number' && typeof contextLength === 'number' ? { inputTokens, contextLength } : undefined;
}

function readCheckpoint(value: unknown): ErrorContent['checkpoint'] {
  const file = toText(toRecord(value)?.file);
  return file === undefined ? undefined : { file, tensor: toText(toRecord(value)?.tensor) };
}
