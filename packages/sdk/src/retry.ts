import { ConnectionError, TimeoutError, VisionError } from '@h2ovl/contract';
import { readRetryAfter } from '@h2ovl/contract/wire/answers';

const firstDelayMs = 500;
const longestDelayMs = 8_000;
const longestRetryAfterMs = 60_000; // a longer wait is the caller's decision: the error carries the number

/**
 * Milliseconds to wait before trying again, or undefined when the failure should be reported instead: only lost connections, a full queue (429) and a server that
 * is not ready (503) are tried again. `retries` counts those already done. Retry-After is honoured up to a minute.
 */
export function chooseRetryDelay(error: unknown, retries: number, random: () => number): number | undefined {
  if (!isRetryable(error)) return undefined;
  const asked = VisionError.isInstance(error)
    ? readRetryAfter(error.response?.headers['retry-after'], error.response?.headers.date)
    : undefined;
  if (asked !== undefined) return asked > longestRetryAfterMs ? undefined : asked;
  // Up to a quarter is taken off at random, so that clients turned away together do not come back together.
  return Math.min(longestDelayMs, firstDelayMs * 2 ** retries) * (1 - 0.25 * random());
}

function isRetryable(error: unknown): boolean {
  if (TimeoutError.isInstance(error)) return false;
  if (ConnectionError.isInstance(error)) return true;
  return VisionError.isInstance(error) && (error.response?.status === 429 || error.response?.status === 503);
}
