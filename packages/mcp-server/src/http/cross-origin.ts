import { PermissionDeniedError } from '@h2ovl/contract';

/** Headers of an answer that a page of another origin may read. */
const readableHeaders = 'mcp-protocol-version, mcp-session-id, retry-after, www-authenticate, x-request-id';

/** Seconds for which a browser need not ask again; none keeps it longer than two hours. */
const preflightSeconds = 7200;

/** Most headers a page may announce; clients of OpenAI send about a dozen. */
const maxHeaders = 50;

/** Whether a browser asks if a page of another origin may send the request that it describes. */
export function isPreflight(request: Request): boolean {
  return request.method === 'OPTIONS' && request.headers.has('origin') && request.headers.has('access-control-request-method');
}

/**
 * The answer to a preflight. Browsers send it without the token, so it says nothing about what there is.
 * @throws FORBIDDEN for an origin that is not allowed: pages of this machine, too, have to be named
 */
export function answerPreflight(request: Request, methods: readonly string[], allowedOrigins: readonly string[]): Response {
  const origin = request.headers.get('origin') ?? '';
  if (!allowedOrigins.includes(origin)) {
    throw new PermissionDeniedError('Pages of that web origin are not allowed.', {
      hint: 'Start the server with --allowed-origin ORIGIN, as in --allowed-origin http://localhost:5173.',
    });
  }
  const asked = (request.headers.get('access-control-request-headers') ?? '').split(',').map((name) => name.trim());
  const headers = asked.filter((name) => /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)).slice(0, maxHeaders);
  return new Response(null, {
    status: 204,
    headers: {
      ...originHeaders(request, allowedOrigins),
      'access-control-allow-methods': methods.join(', '),
      'access-control-max-age': String(preflightSeconds),
      ...(headers.length === 0 ? {} : { 'access-control-allow-headers': headers.join(', ') }),
      // Chromium asks before a page of the web may reach a machine of the local network.
      ...(request.headers.get('access-control-request-private-network') === 'true'
        ? { 'access-control-allow-private-network': 'true' }
        : {}),
    },
  });
}

/** What an answer carries so that the page may read it; nothing for a request of any other origin. */
export function originHeaders(request: Request, allowedOrigins: readonly string[]): Readonly<Record<string, string>> {
  if (allowedOrigins.length === 0) return {};
  const origin = request.headers.get('origin');
  const isAllowed = origin !== null && allowedOrigins.includes(origin);
  // A cache must not hand the answer for one origin to another.
  if (!isAllowed) return { vary: 'Origin' };
  return { vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': readableHeaders };
}
