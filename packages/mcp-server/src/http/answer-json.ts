import { onAbort } from '@h2ovl/contract';
import type { Log } from '../log.ts';
import { cutConnection } from './connections.ts';
import { errorResponse, toEnvelope } from './error-response.ts';
import type { BodyIdentity, LateFailures } from './late-failures.ts';
import { slowJson } from './slow-json.ts';

/** Most proxies give up on an answer that is silent for a minute. */
export const defaultStatusAfterMs = 50_000;

export interface AnswerJsonOptions {
  readonly log: Log;
  readonly lateFailures: LateFailures;
  /** Milliseconds from the body's last byte for which the status of an answer is kept open; waiting in the queue counts. @default 50000 */
  readonly statusAfterMs?: number | undefined;
  readonly heartbeatMs?: number | undefined;
}

/** The body of a request that was read. */
export interface ReceivedBody extends BodyIdentity {
  /** When its last byte had come, by `performance.now()`. */
  readonly receivedAt: number;
  /** Gives its bytes back to the budget. Called once the work has ended, or is not begun. */
  readonly release: () => void;
}

/**
 * Answers a request with one JSON value that may take minutes to make: `work` makes it, and its signal aborts when the client leaves. What `work` throws
 * while the status is open becomes that status. What it throws later cuts the connection and is kept for the same request, which then gets its status at once.
 */
export async function answerJson(
  request: Request,
  body: ReceivedBody,
  { log, lateFailures, statusAfterMs = defaultStatusAfterMs, heartbeatMs }: AnswerJsonOptions,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<Response> {
  const known = lateFailures.find(request, body);
  if (known !== undefined) {
    body.release();
    return known;
  }
  const client = watchClient(request);
  // The answer to a client that has gone is not a failure of the server.
  const quiet = (): Log => (client.signal.aborted ? () => {} : log);
  return slowJson({
    result: work(client.signal).finally(body.release),
    onError: (error) => errorResponse(error, quiet()),
    onLateError: async (error) => {
      if (client.signal.aborted) return false;
      const failure = errorResponse(error, log);
      await lateFailures.keep(request, body, failure);
      log('info', 'answer-cut', { code: toEnvelope(error, () => {}).envelope.error.code, status: failure.status });
      return cutConnection(request);
    },
    onCancel: client.leave,
    statusAfterMs: Math.max(0, statusAfterMs - (performance.now() - body.receivedAt)),
    heartbeatMs,
  });
}

/** A signal that aborts when the client of a request has gone, which its answer's body may notice first (`leave`). */
export function watchClient(request: Request): { readonly signal: AbortSignal; readonly leave: () => void } {
  const abort = new AbortController();
  const leave = (): void => abort.abort(new DOMException('The client closed the connection.', 'AbortError'));
  if (request.signal.aborted) leave();
  onAbort(request.signal, leave);
  return { signal: abort.signal, leave };
}
