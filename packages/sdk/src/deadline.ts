import { APITimeoutError } from './errors.ts';

/** A time limit joined with the signals of whoever may stop the call. */
export interface Deadline {
  /** Aborts with the reason of the signal that fired, or with an APITimeoutError when the time is up. */
  readonly signal: AbortSignal;
  /** Milliseconds left. */
  remainingMs(): number;
  /** Lets go of the timer and of the signals. */
  clear(): void;
}

const longestTimerMs = 2_147_483_647; // Node fires longer timers at once

/**
 * Starts the clock. `timeoutMs` may be Infinity.
 * Listens to the signals by hand instead of AbortSignal.any, which keeps every derived signal as long as a long-lived source lives.
 */
export function startDeadline(timeoutMs: number, sources: readonly (AbortSignal | undefined)[]): Deadline {
  const controller = new AbortController();
  const endsAt = performance.now() + timeoutMs;
  const timer = timeoutMs > longestTimerMs ? undefined : setTimeout(() => controller.abort(createTimeoutError(timeoutMs)), timeoutMs);
  const onAbort = (event: { readonly target: unknown }): void => abort(event.target as AbortSignal); // only signals are listened to
  const abort = (source: AbortSignal): void => {
    clearTimeout(timer); // an abandoned stream must not keep the process alive for the rest of its time
    controller.abort(source.reason);
  };
  for (const source of sources) {
    if (source?.aborted === true) abort(source);
    else source?.addEventListener('abort', onAbort, { once: true });
  }
  return {
    signal: controller.signal,
    remainingMs: () => endsAt - performance.now(),
    clear() {
      clearTimeout(timer);
      for (const source of sources) source?.removeEventListener('abort', onAbort);
    },
  };
}

function createTimeoutError(timeoutMs: number): APITimeoutError {
  return new APITimeoutError(`The call took longer than its timeout of ${timeoutMs} ms.`, {
    hint: 'Raise timeout in the client or in model(id, { timeout }); a large page on a slow machine can take minutes.',
  });
}
