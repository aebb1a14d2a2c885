import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VisionError } from '@h2ovl/contract';
import { getRequestListener } from '@hono/node-server';
import type { Log } from '../log.ts';
import { keepConnection } from './connections.ts';
import type { HttpApp } from './create-http-app.ts';
import { watchWrites } from './watch-writes.ts';

/** A listening server. */
export interface HttpServer {
  /** `http://host:port`. */
  readonly url: string;
  /** Takes no more connections. */
  stopAccepting(): void;
  /** Ends what is left after at most `graceMs`. */
  close(graceMs: number): Promise<void>;
}

/** Where to listen. */
export interface ServeHttpOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly log: Log;
  /** Milliseconds after which a client that takes nothing of what is written to it is left. @default 60000 */
  readonly writeTimeoutMs?: number;
}

/**
 * Listens and answers with `app`.
 * @throws INVALID_ARGUMENT when the address cannot be used
 */
export async function serveHttp(app: HttpApp, { host, port, log, writeTimeoutMs = 60_000 }: ServeHttpOptions): Promise<HttpServer> {
  const listener = getRequestListener(
    (request, { outgoing }) => {
      keepConnection(request, outgoing as ServerResponse); // of HTTP/1: this server speaks no other
      return app.fetch(request);
    },
    { overrideGlobalObjects: false },
  );
  // A client that vanished without a word holds its session until its connection is found dead.
  const server = createServer({ keepAlive: true, keepAliveInitialDelay: 60_000 }, (request, response) => {
    watchWrites(response, writeTimeoutMs, () => log('info', 'client-stopped-reading'));
    void listener(request, response);
  });
  server.headersTimeout = 20_000;
  server.requestTimeout = 300_000; // to receive a request, not to answer it
  const listening = once(server, 'listening');
  server.listen(port, host.replace(/^\[|\]$/g, ''));
  await listening.catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EADDRINUSE' ? 'another program listens there' : (error.code ?? error.message);
    throw new VisionError('INVALID_ARGUMENT', `Cannot listen on ${host}:${port}: ${reason}.`, {
      cause: error,
      hint: 'Choose another --port or --host.',
    });
  });
  const { port: actualPort, family, address } = server.address() as AddressInfo; // a TCP server has no other kind
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actualPort}`,
    stopAccepting: () => {
      server.close();
      server.closeIdleConnections();
    },
    close: (graceMs) => closeServer(server, graceMs),
  };
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
