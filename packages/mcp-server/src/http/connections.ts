import type { ServerResponse } from 'node:http';

const connections = new WeakMap<Request, ServerResponse>();

/** Remembers what carries the answer to a request. */
export function keepConnection(request: Request, response: ServerResponse): void {
  connections.set(request, response);
}

/**
 * Ends the connection of a request in the middle of its answer, so that every client sees that the answer is not whole; false when none is known.
 * By a reset: a client or a proxy of HTTP/1.0 takes an orderly end for the end of the answer.
 */
export function cutConnection(request: Request): boolean {
  const response = connections.get(request);
  if (response === undefined) return false;
  response.socket?.resetAndDestroy();
  response.destroy();
  return true;
}
