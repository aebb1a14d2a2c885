import { linkSignal } from '@h2ovl/contract';

/** How items are run. */
export interface ItemRun<R> {
  /** Items in work at a time. */
  readonly inFlight: number;
  /** Ends the whole run. */
  readonly stop: AbortSignal | undefined;
  /** Works on one item. The signal is aborted when the run ends before it. */
  readonly run: (index: number, signal: AbortSignal) => Promise<R>;
}

/**
 * Runs items side by side; results come in the order of the items. The first failure ends the run: items in work are stopped and waited for, the rest are
 * not begun.
 */
export async function runItems<R>(count: number, { inFlight, stop, run }: ItemRun<R>): Promise<readonly R[]> {
  const results: R[] = [];
  const link = linkSignal(stop);
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    while (next < count && failure === undefined) {
      const index = next;
      next += 1;
      try {
        results[index] = await run(index, link.signal);
      } catch (error) {
        failure ??= { error }; // those that it stops fail after it
        link.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, count) }, work));
  link.release();
  if (failure !== undefined) throw failure.error;
  return results;
}
