/** Keeps long loops polite: they ask `isDue` often and await `pause` when it says so. */
export interface Pacer {
  /** Whether this turn of the event loop was held long enough. */
  isDue(): boolean;
  /** Lets other work run. @throws the signal's reason when it was aborted. */
  pause(): Promise<void>;
}

// A caller may see a gap of one slice plus one row of work; 8 ms keeps that far under the 50 ms that are promised.
const sliceMs = 8;

/** Starts the clock for one piece of long work. @throws the signal's reason when it is already aborted. */
export function makePacer(signal?: AbortSignal): Pacer {
  signal?.throwIfAborted();
  let since = performance.now();
  return {
    isDue: () => performance.now() - since >= sliceMs,
    async pause() {
      await new Promise<void>((resolve) => setImmediate(resolve));
      signal?.throwIfAborted();
      since = performance.now();
    },
  };
}
