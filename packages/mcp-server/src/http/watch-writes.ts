import type { ServerResponse } from 'node:http';

/** What a response looks like to the watch. */
export type WatchedResponse = Pick<ServerResponse, 'destroy' | 'once' | 'writableLength' | 'socket'>;

/**
 * Ends a connection whose client takes nothing of what is written to it for `timeoutMs`: it would hold its memory, and its socket, for ever.
 * A response that is silent because its work takes long has nothing to write and is left alone. `onTimeout` is called before the end.
 */
export function watchWrites(response: WatchedResponse, timeoutMs: number, onTimeout: () => void): void {
  let takenBytes = 0;
  let stuckSinceMs: number | undefined;
  const timer = setInterval(() => {
    const { socket } = response;
    if (!socket) return; // it waits behind another response of its connection
    const waitingBytes = response.writableLength; // what its socket holds included
    const taken = socket.bytesWritten - socket.writableLength;
    const now = performance.now();
    if (waitingBytes === 0 || taken !== takenBytes || stuckSinceMs === undefined) {
      stuckSinceMs = waitingBytes === 0 ? undefined : now;
      takenBytes = taken;
    } else if (now - stuckSinceMs >= timeoutMs) {
      onTimeout();
      response.destroy();
    }
  }, timeoutMs / 4);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}
