import type { VisionError } from '@h2ovl/contract';
import { type ErrorEnvelope, errorStatuses, writeError } from '@h2ovl/contract/wire';
import { retryAfterSeconds, toVisionError } from '../errors.ts';
import { describeOrigin, type Log } from '../log.ts';

/** The envelope for anything caught; unexpected errors go to the log, not to the client. */
export function toEnvelope(error: unknown, log: Log): { readonly envelope: ErrorEnvelope; readonly failure: VisionError } {
  const failure = toVisionError(error);
  const envelope = writeError(failure);
  if (envelope.error.code === 'INTERNAL') log('error', 'request-failed', describeOrigin(error));
  return { failure, envelope };
}

/** A failure as a response: status and envelope, `Retry-After` where another try makes sense. */
export function errorResponse(error: unknown, log: Log): Response {
  const { envelope, failure } = toEnvelope(error, log);
  const { code } = envelope.error;
  const headers: Record<string, string> = {};
  const seconds = retryAfterSeconds(failure);
  if (seconds !== undefined) headers['retry-after'] = String(seconds);
  if (code === 'UNAUTHORIZED') headers['www-authenticate'] = 'Bearer realm="h2ovl"';
  if (code === 'UNSUPPORTED_MEDIA_TYPE') headers['accept-encoding'] = 'identity';
  // The body may still be on its way: without closing, its rest would be read as the next request.
  if (code === 'BODY_TOO_LARGE') headers.connection = 'close';
  return Response.json(envelope, { status: errorStatuses[code], headers });
}
