import type { LookupAddress } from 'node:dns';
import type { Dispatcher } from 'undici';
import { checkPermit, type NetworkPermit, type NetworkUse } from './network-policy.ts';

/** An answer whose body has not been read. */
export interface HttpAnswer {
  readonly status: number;
  /** A header's value; the first one where it came several times. */
  header(name: string): string | undefined;
  /** The body as it comes. Leaving the loop early closes the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Lets the body go unread. */
  discard(): Promise<void>;
}

export interface HttpRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** One GET request. Redirects are answers like any other: who follows them must look at them first. Bodies come as they were sent, never unpacked. */
export type HttpGet = (url: URL, request?: HttpRequest) => Promise<HttpAnswer>;

/** Keeps the connections of one piece of work. */
export interface HttpClient {
  readonly get: HttpGet;
  /** Closes every connection, open answers included. */
  close(): Promise<void>;
}

/** Proxy settings as the ecosystem's environment variables name them. */
export interface ProxySettings {
  readonly httpProxy: string | undefined;
  readonly httpsProxy: string | undefined;
  readonly noProxy: string | undefined;
}

/** Gives the addresses of a name; rejects names that must not be connected to. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** How long a server may take to accept, to start its answer and between two pieces of it, in ms. */
export interface HttpTimeouts {
  readonly connectMs: number;
  readonly answerMs: number;
  readonly pieceMs: number;
}

const defaultTimeouts: HttpTimeouts = { connectMs: 15_000, answerMs: 30_000, pieceMs: 30_000 };

/** A client that goes through the user's proxy where one is set. */
export async function openProxiedClient(
  permit: NetworkPermit,
  use: NetworkUse,
  { httpProxy, httpsProxy, noProxy }: ProxySettings,
  timeouts: HttpTimeouts = defaultTimeouts,
): Promise<HttpClient> {
  checkPermit(permit, use);
  const { EnvHttpProxyAgent } = await import('undici');
  // An empty text is "none"; undefined would make the agent look at the process's own environment.
  const proxies = { httpProxy: httpProxy ?? '', httpsProxy: httpsProxy ?? '', noProxy: noProxy ?? '' };
  return client(permit, use, new EnvHttpProxyAgent({ ...proxies, ...agentOptions(timeouts), connect: { timeout: timeouts.connectMs } }));
}

/**
 * A client that never uses a proxy and connects only to the addresses that `resolve` returned: they were checked, and no second look-up can put
 * another in their place. Address literals are not resolved; the caller checks them.
 */
export async function openDirectClient(
  permit: NetworkPermit,
  use: NetworkUse,
  resolve: Resolve,
  { ca, timeouts = defaultTimeouts }: { readonly ca?: string | undefined; readonly timeouts?: HttpTimeouts } = {},
): Promise<HttpClient> {
  checkPermit(permit, use);
  const { Agent } = await import('undici');
  const connect = { timeout: timeouts.connectMs, lookup: toLookup(resolve), ...(ca !== undefined && { ca }) };
  return client(permit, use, new Agent({ ...agentOptions(timeouts), connect }));
}

type LookupCallback = (error: Error | null, addresses: LookupAddress[] | string, family?: number) => void;

/** In the shape that Node's sockets ask in. */
function toLookup(resolve: Resolve): (hostname: string, options: { readonly all?: boolean }, callback: LookupCallback) => void {
  return (hostname, { all }, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (first === undefined) callback(new Error('the name has no address'), '', 4);
        else if (all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as Error, '', 4),
    );
  };
}

function agentOptions({ answerMs, pieceMs }: HttpTimeouts): { readonly headersTimeout: number; readonly bodyTimeout: number } {
  return { headersTimeout: answerMs, bodyTimeout: pieceMs };
}

function client(permit: NetworkPermit, use: NetworkUse, dispatcher: Dispatcher): HttpClient {
  return {
    async get(url, { headers = {}, signal } = {}) {
      checkPermit(permit, use);
      signal?.throwIfAborted();
      const answer = await dispatcher.request({
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method: 'GET',
        headers: { 'user-agent': 'h2ovl', accept: '*/*', 'accept-encoding': 'identity', ...headers },
        signal: signal ?? null,
      });
      return {
        status: answer.statusCode,
        header(name) {
          const value = answer.headers[name.toLowerCase()];
          return Array.isArray(value) ? value[0] : value;
        },
        body: answer.body,
        // Destroyed, not drained: what is left may be gigabytes.
        discard: () =>
          new Promise((done) =>
            answer.body
              .on('error', () => {})
              .once('close', done)
              .destroy(),
          ),
      };
    },
    close: () => dispatcher.destroy(),
  };
}
