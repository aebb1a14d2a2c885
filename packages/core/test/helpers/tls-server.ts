import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from './self-signed.ts';

/** An https server on this machine. */
export interface TlsServer {
  readonly port: number;
  /** Its certificate, to be trusted by the tests. */
  readonly ca: string;
  /** Requests that reached it. */
  readonly requests: readonly string[];
  close(): void;
}

/** Serves `names` and 127.0.0.1 from a free port of the loopback address. */
export async function openTlsServer(names: readonly string[], listener: RequestListener): Promise<TlsServer> {
  const { key, cert } = selfSigned(names);
  const requests: string[] = [];
  const server = createServer({ key, cert }, (request, response) => {
    requests.push(`${request.headers.host}${request.url}`);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ca: cert,
    requests,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
