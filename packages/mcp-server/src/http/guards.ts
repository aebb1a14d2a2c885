import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { AuthenticationError, PermissionDeniedError } from '@h2ovl/contract';
import { isLoopback } from '../loopback.ts';

/** Who may speak to the server. */
export interface GuardOptions {
  /** The address it listens on. */
  readonly host: string;
  /** Further names it goes by, as in `h2ovl` inside a container network. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages that may send requests and read the answers, as browsers write them: `https://app.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** Required of every request when set. */
  readonly token: string | undefined;
}

const loopbackNames: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Checks a request before anything else looks at it.
 * A page on the web can make a browser send requests to this machine under a name of its own (DNS rebinding); it cannot forge Host or Origin.
 * @throws FORBIDDEN for a foreign Host or Origin, UNAUTHORIZED for a missing or wrong token
 */
export function checkRequest(request: Request, options: GuardOptions): void {
  checkAddress(request, options);
  checkToken(request, options);
}

/**
 * The same without the token, which browsers do not send when they ask whether a page may send a request.
 * @throws FORBIDDEN
 */
export function checkAddress(request: Request, options: GuardOptions): void {
  const host = hostName(`http://${request.headers.get('host') ?? ''}`);
  if (host === undefined || !isAllowedName(host, options)) {
    throw new PermissionDeniedError('The Host header names no host this server goes by.', {
      hint: 'Use its address, or start it with --allowed-host NAME.',
    });
  }
  const origin = request.headers.get('origin');
  if (origin === null || options.allowedOrigins.includes(origin)) return;
  const name = hostName(origin);
  if (name === undefined || !isAllowedName(name, options)) {
    throw new PermissionDeniedError('Requests from that web origin are not allowed.', {
      hint: 'Start the server with --allowed-origin ORIGIN to let its pages in.',
    });
  }
}

/** Whether a request carries the token, where one is needed. */
export function isTrusted(request: Request, { token }: Pick<GuardOptions, 'token'>): boolean {
  return token === undefined || hasToken(request, token);
}

function checkToken(request: Request, options: GuardOptions): void {
  if (!isTrusted(request, options)) {
    throw new AuthenticationError('The bearer token is missing or wrong.', {
      hint: 'Send "Authorization: Bearer <token>" with the token of --token-file or H2OVL_API_KEY.',
    });
  }
}

function isAllowedName(name: string, { host, allowedHosts }: GuardOptions): boolean {
  if (loopbackNames.includes(name) || allowedHosts.includes(name)) return true;
  if (isLoopback(host)) return name === host;
  const bare = name.replace(/^\[|\]$/g, '');
  // Bound to all addresses: any literal one may be ours, and rebinding needs a name.
  return bare === host.toLowerCase() || ((host === '0.0.0.0' || host === '::') && isIP(bare) !== 0);
}

/** The host of a URL in lower case, without its port; undefined for anything that is no http(s) URL, `null` included. */
function hostName(url: string): string | undefined {
  try {
    const { protocol, hostname, username, pathname } = new URL(url);
    return /^https?:$/.test(protocol) && hostname !== '' && username === '' && pathname === '/' ? hostname : undefined;
  } catch {
    return undefined;
  }
}

function hasToken(request: Request, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
  // Digests have one length, so the comparison takes the same time for every guess.
  return timingSafeEqual(digest(given), digest(token)) && given !== '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
