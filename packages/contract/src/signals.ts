import { invalidArgument, kindOf } from './errors.ts';
import { TimeoutError } from './remote-errors.ts';

/**
 * Refuses what stands in the place of a signal and is none: it could never stop the call. Undefined is no signal. Signals of another realm are as good.
 * @throws VisionError INVALID_ARGUMENT
 */
export function checkSignal(value: unknown): asserts value is AbortSignal | undefined {
  if (value === undefined || isSignal(value)) return;
  const controlled = isSignal((value as { readonly signal?: unknown } | null)?.signal);
  throw invalidArgument(
    `signal is ${controlled ? 'an AbortController' : kindOf(value)}, not an AbortSignal.`,
    'signal',
    controlled ? 'Pass controller.signal.' : 'Pass the signal of an AbortController, or leave it out.',
  );
}

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}

/** A signal of our own that also follows others. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  /** Aborts the own signal; without effect when it is aborted already. The parents are left alone. */
  readonly abort: (reason: unknown) => void;
  /** Stops following. Idempotent. */
  readonly release: () => void;
}

/** Who follows a signal. */
const followers = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back once when the signal aborts; not when it is aborted already. All that follow one signal share one listener: many calls with the same signal
 * are no leak, and Node shall not warn of one. Returns how to stop following.
 */
export function onAbort(signal: AbortSignal, follow: () => void): () => void {
  const entry = (): void => follow(); // its own, so that following twice counts twice
  const known = followers.get(signal);
  const all = known ?? new Set<() => void>();
  all.add(entry);
  if (known === undefined) {
    followers.set(signal, all);
    signal.addEventListener('abort', callFollowers, { once: true });
  }
  return () => {
    if (!all.delete(entry) || all.size > 0 || followers.get(signal) !== all) return;
    followers.delete(signal);
    signal.removeEventListener('abort', callFollowers);
  };
}

function callFollowers(this: AbortSignal): void {
  const all = followers.get(this) ?? [];
  followers.delete(this);
  for (const follow of all) {
    try {
      follow();
    } catch (error) {
      // As with listeners of their own: a failure of one is an error of the process, and keeps none of the others from hearing.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/**
 * A signal that is aborted with the reason of the first parent that is, untouched, or by its own `abort`.
 * Written out because `AbortSignal.any` keeps its result alive as long as a parent: a server's one signal would collect every request.
 * @throws VisionError INVALID_ARGUMENT for a parent that is no signal
 */
export function linkSignal(...parents: readonly (AbortSignal | undefined)[]): LinkedSignal {
  parents.forEach(checkSignal);
  const controller = new AbortController();
  const stops = parents.flatMap((parent) => {
    if (parent?.aborted) controller.abort(parent.reason);
    return parent === undefined || parent.aborted ? [] : [onAbort(parent, () => controller.abort(parent.reason))];
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      for (const stop of stops) stop();
    },
  };
}

/** Settles like `work`, but rejects with `signal.reason` as soon as the signal fires; `work` itself goes on and is not left unhandled. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const settle = onAbort(signal, () => reject(signal.reason));
    work.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error) => {
        settle();
        reject(error);
      },
    );
  });
}

/** Waits, and rejects with the signal's reason when it aborts. */
export function waitFor(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const timer = setTimeout(() => {
      stop();
      resolve();
    }, delayMs);
    const stop = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** A time limit joined with the signals of whoever may stop the call. */
export interface Deadline {
  /** Aborts with the reason of the signal that fired, or with a TimeoutError when the time is up. */
  readonly signal: AbortSignal;
  /** Milliseconds left; 0 or less when the time is up. */
  readonly remainingMs: () => number;
  /** Starts the clock anew: for work whose steps are limited, and not the whole. Without effect when the time is up. */
  readonly restart: () => void;
  /** Stops the clock until `restart`. */
  readonly pause: () => void;
  /** Lets go of the timer and of the signals. Idempotent. */
  readonly release: () => void;
}

const longestTimerMs = 2_147_483_647; // Node fires longer timers at once

/** Starts the clock. `timeoutMs` may be Infinity; `tooLong` makes the error for a time that is up. */
export function startDeadline(
  timeoutMs: number,
  sources: readonly (AbortSignal | undefined)[],
  tooLong: (timeoutMs: number) => TimeoutError = tookTooLong,
): Deadline {
  const link = linkSignal(...sources);
  let endsAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false; // a timer may fire a fraction of a millisecond early, and then nothing is left all the same
  const end = (): void => {
    isOver = true;
    link.abort(tooLong(timeoutMs));
  };
  // An abandoned stream must not keep the process alive for the rest of its time.
  const stopTimer = (): void => clearTimeout(timer);
  const start = (): void => {
    stopTimer();
    endsAt = performance.now() + timeoutMs;
    if (timeoutMs <= longestTimerMs && !link.signal.aborted) timer = setTimeout(end, timeoutMs);
  };
  start();
  link.signal.addEventListener('abort', stopTimer, { once: true });
  return {
    signal: link.signal,
    remainingMs: () => (isOver ? 0 : endsAt - performance.now()),
    restart: () => {
      if (!isOver) start();
    },
    pause: () => {
      stopTimer();
      endsAt = Number.POSITIVE_INFINITY;
    },
    release: () => {
      stopTimer();
      link.release();
    },
  };
}

function tookTooLong(timeoutMs: number): TimeoutError {
  return new TimeoutError(`The call took longer than its timeout of ${timeoutMs} ms.`, {
    hint: 'Raise timeout in the client or in model(id, { timeout }); a large page on a slow machine can take minutes.',
  });
}
