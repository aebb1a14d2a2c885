import type { LookupAddress } from 'node:dns';
import { VisionError } from '@h2ovl/contract';
import type { Dispatcher } from 'undici';
import { checkPermit, type NetworkPermit, type NetworkUse } from './network-policy.ts';
import { type ProxySettings, proxyFor } from './proxy-rules.ts';

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
  proxies: ProxySettings,
  timeouts: HttpTimeouts = defaultTimeouts,
): Promise<HttpClient> {
  checkPermit(permit, use);
  const { Agent, ProxyAgent } = await import('undici');
  const options = agentOptions(timeouts);
  const direct = new Agent({ ...options, connect: { timeout: timeouts.connectMs } });
  const tunnels = new Map<string, Dispatcher>();
  const choose = (url: URL): Dispatcher => {
    const proxy = proxyFor(url, proxies);
    if (proxy === undefined) return direct;
    const known = tunnels.get(proxy);
    if (known) return known;
    const tunnel = new ProxyAgent({ uri: readProxy(proxy), ...options, proxyTunnel: true });
    tunnels.set(proxy, tunnel);
    return tunnel;
  };
  return client(permit, use, choose, async () => {
    await Promise.all([direct, ...tunnels.values()].map((dispatcher) => dispatcher.destroy()));
  });
}

/** @throws VisionError INVALID_ARGUMENT */
function readProxy(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new VisionError('INVALID_ARGUMENT', 'The proxy setting (HTTPS_PROXY, HTTP_PROXY) is not the address of an http proxy.', {
    hint: 'Set it to an address such as http://proxy.example:8080, or leave it out.',
  });
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
  const agent = new Agent({ ...agentOptions(timeouts), connect });
  return client(
    permit,
    use,
    () => agent,
    () => agent.destroy(),
  );
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

function client(permit: NetworkPermit, use: NetworkUse, choose: (url: URL) => Dispatcher, close: () => Promise<void>): HttpClient {
  return {
    async get(url, { headers = {}, signal } = {}) {
      checkPermit(permit, use);
      signal?.throwIfAborted();
      const answer = await choose(url).request({
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
    close,
  };
}
