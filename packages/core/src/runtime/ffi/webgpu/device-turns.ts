import { enterNativeCall } from '../native-calls.ts';

/**
 * One native call at a time for everything that uses the GPU. The provider keeps one command encoder and one set of buffer caches for all
 * sessions of the process and does not lock them.
 */
export class DeviceTurns {
  #last: Promise<void> = Promise.resolve();

  /** Waits for the turn, in order of arrival; returns the function that ends it. Rejects with `signal.reason`, and the turn goes on to the next. */
  async enter(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    const before = this.#last;
    let end = (): void => {};
    this.#last = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    try {
      const leave = await enterNativeCall(signal);
      return () => {
        leave();
        end();
      };
    } catch (error) {
      end();
      throw error;
    }
  }
}
