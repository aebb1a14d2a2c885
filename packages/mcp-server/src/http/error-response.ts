import { basename } from 'node:path';
import type { VisionError } from '@h2ovl/contract';
import { type ErrorEnvelope, errorStatuses, writeError } from '@h2ovl/contract/wire';
import { retryAfterSeconds, toVisionError } from '../errors.ts';
import { describeOrigin, type Log } from '../log.ts';
import { tell } from '../tell.ts';
import { wireWords } from './wire-param.ts';

/** The envelope for anything caught; unexpected errors go to the log, not to the client. */
export function toEnvelope(error: unknown, log: Log): { readonly envelope: ErrorEnvelope; readonly failure: VisionError } {
  const failure = toVisionError(error);
  const envelope = tellEnvelope(writeError(failure));
  if (envelope.error.code === 'INTERNAL') log('error', 'request-failed', describeOrigin(error));
  return { failure, envelope };
}

function tellEnvelope({ error }: ErrorEnvelope): ErrorEnvelope {
  const { checkpoint, ...told } = error;
  return {
    error: {
      ...told,
      message: tell(told.message, wireWords),
      param: told.param === null ? null : told.param.slice(0, maxParamChars),
      ...(told.hint === undefined ? {} : { hint: tell(told.hint, wireWords) }),
      ...(told.output === undefined ? {} : { output: { ...told.output, issues: told.output.issues.map(tellIssue) } }),
      // Where the files of the model are is the owner's business.
      ...(checkpoint === undefined ? {} : { checkpoint: { ...checkpoint, file: basename(checkpoint.file) } }),
    },
  };
}

/** The names of a schema may be in it, and all of its allowed values. */
function tellIssue<Issue extends { readonly message: string }>(issue: Issue): Issue {
  return { ...issue, message: tell(issue.message, {}) };
}

const maxParamChars = 300;

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
