import { setTimeout as sleep } from 'node:timers/promises';
import { VisionError } from '@h2ovl/contract';
import { HubRefusal } from './hub-refusal.ts';

/** Waits; rejects with the signal's reason when it is aborted. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<void>;

/** Failures in a row, without one byte in between, after which it is given up: a minute and a half of trying. */
const defaultMaxFailures = 8;
const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** A server that asks for more patience than this is told to the user instead. */
const longestRequestedMs = 120_000;

const clockPause: Pause = async (ms, signal) => {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
};

/** Decides whether to try again, and when, for requests that follow each other. */
export class RetryBudget {
  readonly #pause: Pause;
  readonly #maxFailures: number;
  #failures = 0;

  constructor(pause: Pause = clockPause, maxFailures: number = defaultMaxFailures) {
    this.#pause = pause;
    this.#maxFailures = maxFailures;
  }

  /** Bytes arrived: earlier failures do not count any more. */
  succeed(): void {
    this.#failures = 0;
  }

  /** Waits before the next attempt, or throws what cannot be helped. */
  async failOrWait(error: unknown, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (VisionError.isInstance(error) || !isPassing(error)) throw error;
    this.#failures += 1;
    if (this.#failures > this.#maxFailures) throw error;
    const requestedMs = error instanceof HubRefusal ? (error.retryAfterMs ?? 0) : 0;
    if (requestedMs > longestRequestedMs) {
      throw new HubRefusal(`${(error as Error).message} and asks to wait ${Math.ceil(requestedMs / 1000)} s`, { isFinal: true });
    }
    const ownMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (this.#failures - 1));
    // Not all at the same moment, when many clients were sent away together.
    await this.#pause(Math.max(requestedMs, ownMs * (0.5 + Math.random() / 2)), signal);
  }
}

/** Connections that break or never come may do better next time; what this program gets wrong will not. */
function isPassing(error: unknown): boolean {
  if (error instanceof HubRefusal) return !error.isFinal;
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && !permanentCodes.has(error.code);
}

const permanentCodes: ReadonlySet<string> = new Set(['ERR_INVALID_ARG_TYPE', 'UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);
