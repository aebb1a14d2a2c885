import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Lets heavy, short work of many requests through one at a time, each in a turn of the event loop of its own: what else the server is asked
 * meanwhile is answered between any two, however many there are.
 */
export function oneByOne<Args extends readonly unknown[], R>(work: (...args: Args) => R | Promise<R>): (...args: Args) => Promise<R> {
  let latest: Promise<unknown> = Promise.resolve();
  return (...args) => {
    const result = latest.then(async () => {
      // The poll for what has arrived comes after a turn's immediate calls, so one turn is not enough.
      await nextTurn();
      await nextTurn();
      return work(...args);
    });
    latest = result.catch(() => {});
    return result;
  };
}
