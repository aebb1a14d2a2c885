import { setImmediate as nextTurn } from 'node:timers/promises';

/** Keeps work over many documents polite: it asks `isDue` often and awaits `pause` when that says so. */
export interface Pacer {
  /** Whether this turn of the event loop was held long enough. */
  isDue(): boolean;
  /** Lets other work run. @throws the signal's reason when it was aborted. */
  pause(): Promise<void>;
}

/** Longest that one listing works at a time, in ms: other requests of the server wait meanwhile. */
const sliceMs = 8;

/** Starts the clock for one piece of long work. */
export function makePacer(signal?: AbortSignal): Pacer {
  let since = performance.now();
  return {
    isDue: () => performance.now() - since >= sliceMs,
    async pause() {
      await nextTurn();
      signal?.throwIfAborted();
      since = performance.now();
    },
  };
}
