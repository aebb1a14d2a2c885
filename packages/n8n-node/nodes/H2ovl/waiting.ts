import { readError, readRetryAfter } from '@h2ovl/contract/wire';
import { sleep } from 'n8n-workflow';
import type { RefusedAnswer } from './errors.ts';

/** How long something may take. */
export interface TimeLimit {
  readonly timeoutMs: number;
  /** Milliseconds left; 0 or less when the time is up. */
  readonly remainingMs: () => number;
  /** Starts the clock anew. */
  readonly restart: () => void;
}

const firstWaitMs = 500;
const shortestWaitMs = 20; // and twice as long each time: a server that says 0 again and again is not asked as fast as it answers
const longestWaitMs = 8000;
const sliceMs = 250; // n8n's sleep cannot be ended: a stopped run is noticed between two of them

export function startTimeLimit(timeoutMs: number): TimeLimit {
  let endsAt = Date.now() + timeoutMs;
  return {
    timeoutMs,
    remainingMs: () => endsAt - Date.now(),
    restart: () => {
      endsAt = Date.now() + timeoutMs;
    },
  };
}

/** Milliseconds until it makes sense to ask again: the queue is full (429), or the model is being loaded (503). Undefined for every other refusal. */
export function chooseWait({ status, body, headers }: RefusedAnswer, tries: number): number | undefined {
  const code = readError(body)?.code;
  // Other reasons for a 503 do not go away by themselves.
  if (status !== 429 && !(status === 503 && (code === undefined || code === 'MODEL_LOADING'))) return undefined;
  const asked = readRetryAfter(headerText(headers['retry-after']), headerText(headers.date));
  const own = (firstMs: number): number => Math.min(longestWaitMs, firstMs * 2 ** tries);
  return asked === undefined ? own(firstWaitMs) : Math.max(asked, own(shortestWaitMs));
}

/** A header that came once. */
export function headerText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Waits, or until the signal is aborted. */
export async function pause(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  const endsAt = Date.now() + waitMs;
  for (let left = waitMs; left > 0 && signal?.aborted !== true; left = endsAt - Date.now()) await sleep(Math.min(left, sliceMs));
}
