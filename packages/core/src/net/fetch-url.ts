import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { abortable, linkSignal, VisionError } from '@h2ovl/contract';
import { type HttpAnswer, openDirectClient, type Resolve } from './http-client.ts';
import { allowNetwork, type NetworkPermit } from './network-policy.ts';
import { isPublicAddress } from './public-address.ts';

/** Which addresses may be fetched from, beyond the public internet. */
export interface RemoteHosts {
  /** Hosts that may lie in a private network, as `host` or `host:port`. @default none */
  readonly privateHosts?: readonly string[] | undefined;
  /** PEM certificates that are trusted in place of the system's, for hosts with certificates of their own. */
  readonly ca?: string | undefined;
}

export interface FetchUrlOptions extends RemoteHosts {
  /** Bytes the body may have; counted while they arrive. */
  readonly maxBytes: number;
  /** Milliseconds until the last byte must have come. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Looks names up. @default the system's resolver */
  readonly resolve?: Resolve | undefined;
}

/** Why an address was not fetched; nothing about who answered, or what. */
export type FetchRefusal =
  | { readonly type: 'status'; readonly status: number }
  | { readonly type: 'too-large'; readonly byteCount: number }
  | { readonly type: 'late'; readonly timeoutMs: number }
  | { readonly type: 'forbidden'; readonly reason: string; readonly hint: string }
  | { readonly type: 'failed'; readonly cause: unknown };

export type FetchOutcome = { readonly type: 'fetched'; readonly bytes: Uint8Array } | FetchRefusal;

/** More hops than this is a loop; browsers stop at 20, and images rarely take two. */
const maxRedirects = 5;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches an https address that somebody else may have written: never through a proxy, only from the public internet (and from the private hosts that
 * are listed), each name looked up once, checked and connected to at that address, each redirect checked in the same way.
 * @throws VisionError NETWORK_FORBIDDEN when the network is switched off; the signal's reason when aborted
 */
export async function fetchUrl(url: URL, options: FetchUrlOptions): Promise<FetchOutcome> {
  const { timeoutMs = 30_000, signal } = options;
  const permit = allowNetwork('fetch an image');
  const deadline = AbortSignal.timeout(timeoutMs);
  const stop = linkSignal(signal, deadline);
  try {
    return await follow(url, permit, options, stop.signal);
  } catch (cause) {
    signal?.throwIfAborted();
    if (deadline.aborted) return { type: 'late', timeoutMs };
    if (VisionError.isInstance(cause)) throw cause;
    const refused = findRefusal(cause);
    return refused ? refused.refusal : { type: 'failed', cause };
  } finally {
    stop.release();
  }
}

async function follow(start: URL, permit: NetworkPermit, options: FetchUrlOptions, signal: AbortSignal): Promise<FetchOutcome> {
  let url = start;
  for (let hops = 0; hops <= maxRedirects; hops += 1) {
    checkUrl(url, options);
    const isListed = isPrivateHost(url, options);
    const { resolve = systemResolve } = options;
    const checkedResolve: Resolve = async (hostname) => checkAddresses(await abortable(resolve(hostname), signal), isListed);
    // A client for each hop: connections are never shared with another host's rules.
    const client = await openDirectClient(permit, 'fetch an image', checkedResolve, { ca: options.ca });
    try {
      const answer = await client.get(url, { signal });
      if (!redirects.has(answer.status)) return await readBody(answer, options.maxBytes);
      const location = answer.header('location');
      if (location === undefined || !URL.canParse(location, url.href)) return { type: 'status', status: answer.status };
      url = new URL(location, url);
    } finally {
      await client.close();
    }
  }
  return forbidden(`it redirects more than ${maxRedirects} times`);
}

async function readBody(answer: HttpAnswer, maxBytes: number): Promise<FetchOutcome> {
  if (answer.status < 200 || answer.status > 299) return { type: 'status', status: answer.status };
  const declared = Number(answer.header('content-length') ?? 0);
  if (declared > maxBytes) return { type: 'too-large', byteCount: declared };
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  for await (const chunk of answer.body) {
    byteCount += chunk.byteLength;
    if (byteCount > maxBytes) return { type: 'too-large', byteCount };
    chunks.push(chunk);
  }
  return { type: 'fetched', bytes: Buffer.concat(chunks, byteCount) };
}

function checkUrl(url: URL, options: RemoteHosts): void {
  if (url.protocol !== 'https:') throw new Refused(forbidden('only https addresses are fetched'));
  if (url.username !== '' || url.password !== '') throw new Refused(forbidden('it holds a user name or password'));
  // The URL parser has turned decimal, octal and hexadecimal spellings into the usual one.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host) && !isPrivateHost(url, options)) throw new Refused(notPublic);
}

function isPrivateHost({ hostname, host }: URL, { privateHosts = [] }: RemoteHosts): boolean {
  return privateHosts.some((listed) => [hostname, host].includes(listed.toLowerCase()));
}

/** One address that is not public refuses the name: the system would choose among all of them. */
function checkAddresses(addresses: readonly LookupAddress[], isListed: boolean): readonly LookupAddress[] {
  if (!isListed && !addresses.every(({ address }) => isPublicAddress(address))) throw new Refused(notPublic);
  return addresses;
}

const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true, verbatim: true });

function forbidden(reason: string, hint = 'Download the file and pass its path.'): FetchRefusal {
  return { type: 'forbidden', reason, hint };
}

const notPublic = forbidden(
  'its host, or one it redirects to, is not on the public internet',
  'Download the file and pass its path, or list the host among the private hosts that may be fetched from.',
);

class Refused extends Error {
  readonly refusal: FetchRefusal;

  constructor(refusal: FetchRefusal) {
    super('refused');
    this.refusal = refusal;
  }
}

/** The connecting library wraps what a look-up throws. */
function findRefusal(error: unknown): Refused | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof Refused) return cause;
    const inner: unknown = cause instanceof AggregateError ? cause.errors.find((one) => one instanceof Refused) : undefined;
    if (inner instanceof Refused) return inner;
  }
  return undefined;
}
