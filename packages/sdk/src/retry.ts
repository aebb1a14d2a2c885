import { APIConnectionError, APIError, APITimeoutError, readRetryAfter } from './errors.ts';

const firstDelayMs = 500;
const longestDelayMs = 8_000;
const longestRetryAfterMs = 60_000; // a longer wait is the caller's decision: the error carries the number

/**
 * Milliseconds to wait before trying again, or undefined when the failure should be reported instead: only lost connections, a full line (429) and a server that
 * is not ready (503) are tried again. `retries` counts those already done. Retry-After is honoured up to a minute.
 */
export function chooseRetryDelay(error: unknown, retries: number, random: () => number): number | undefined {
  if (!isRetryable(error)) return undefined;
  const asked = APIError.isInstance(error) ? readRetryAfter(error.headers['retry-after']) : undefined;
  if (asked !== undefined) return asked > longestRetryAfterMs ? undefined : asked;
  // Up to a quarter is taken off at random, so that clients turned away together do not come back together.
  return Math.min(longestDelayMs, firstDelayMs * 2 ** retries) * (1 - 0.25 * random());
}

/** Waits, and rejects with the signal's reason when it aborts. */
export function waitFor(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function isRetryable(error: unknown): boolean {
  if (APITimeoutError.isInstance(error)) return false;
  if (APIConnectionError.isInstance(error)) return true;
  return APIError.isInstance(error) && (error.status === 429 || error.status === 503);
}
