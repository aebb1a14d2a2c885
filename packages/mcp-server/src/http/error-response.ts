import { type ErrorEnvelope, errorStatuses, type WireErrorCode } from '@h2ovl/contract/wire';
import { describeFailure, type Failure } from '../errors.ts';
import { describeOrigin, type Log } from '../log.ts';

/** The envelope for anything caught; unexpected errors go to the log, not to the client. */
export function toEnvelope(error: unknown, log: Log): { readonly envelope: ErrorEnvelope; readonly failure: Failure } {
  const failure = describeFailure(error);
  if (failure.code === 'INTERNAL') log('error', 'request-failed', describeOrigin(error));
  return {
    failure,
    envelope: {
      error: {
        message: failure.message,
        type: errorType(failure.code),
        param: failure.param ?? null,
        code: failure.code,
        ...(failure.hint === undefined ? {} : { hint: failure.hint }),
        ...(failure.output === undefined
          ? {}
          : { output: { text: failure.output.text, finish_reason: failure.output.finishReason, issues: failure.output.issues } }),
      },
    },
  };
}

/** A failure as a response: status and envelope, `Retry-After` where another try makes sense. */
export function errorResponse(error: unknown, log: Log): Response {
  const { envelope, failure } = toEnvelope(error, log);
  const headers: Record<string, string> = {};
  if (failure.retryAfterSeconds !== undefined) headers['retry-after'] = String(failure.retryAfterSeconds);
  if (failure.code === 'UNAUTHORIZED') headers['www-authenticate'] = 'Bearer realm="h2ovl"';
  // The body may still be on its way: without closing, its rest would be read as the next request.
  if (failure.code === 'BODY_TOO_LARGE') headers.connection = 'close';
  return Response.json(envelope, { status: errorStatuses[failure.code], headers });
}

function errorType(code: WireErrorCode): ErrorEnvelope['error']['type'] {
  const status = errorStatuses[code];
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 404) return 'not_found_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
