import {
  APIError,
  abortable,
  ConnectionError,
  type Deadline,
  invalidArgument,
  kindOf,
  type ServerResponse,
  VisionError,
  waitFor,
} from '@h2ovl/contract';
import { createError, createStatusError, readError } from '@h2ovl/contract/wire/answers';
import type { Connection } from './client-options.ts';
import { readBytes } from './read-bytes.ts';
import { chooseRetryDelay } from './retry.ts';

/** What to send. */
export interface RequestContent {
  readonly method: 'GET' | 'POST';
  /** Below the base address, from the slash on. */
  readonly path: string;
  readonly accept: 'application/json' | 'text/event-stream';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, in place of `body`. */
  readonly form?: FormData;
}

const maxErrorBodyBytes = 8_000_000; // an error may carry the answer that did not fit its schema
const maxJsonBodyBytes = 8_000_000; // a list of models stays under 1 MB

/** Sends, tries again where that helps, and returns the first response that is a success. Throws VisionError, or the reason of the deadline's signal. */
export async function sendRequest(connection: Connection, content: RequestContent, deadline: Deadline): Promise<Response> {
  const body = content.form ?? (content.body === undefined ? undefined : writeBody(content.body));
  for (let retries = 0; ; retries += 1) {
    try {
      return await sendOnce(connection, content, body, deadline.signal);
    } catch (error) {
      if (deadline.signal.aborted) throw deadline.signal.reason;
      const delayMs = retries < connection.maxRetries ? chooseRetryDelay(error, retries, Math.random) : undefined;
      // A wait past the deadline would only turn a telling error into a timeout.
      if (delayMs === undefined || delayMs >= deadline.remainingMs()) throw error;
      await waitFor(delayMs, deadline.signal);
    }
  }
}

function writeBody(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    const reason =
      error instanceof RangeError ? 'something in it is nested too deep' : error instanceof Error ? error.message : String(error);
    throw new VisionError('INVALID_ARGUMENT', `The request cannot be written as JSON: ${excerptOf(reason, 200)}.`, {
      cause: error,
      hint: 'Look for schemas or messages that are circular, very deep, or hold what JSON has no word for.',
    });
  }
}

/** What `read` finds in the JSON body of the answer. Throws APIError RESPONSE_INVALID when it finds nothing; `found` says what came then. */
export async function askJson<R>(
  connection: Connection,
  content: RequestContent,
  deadline: Deadline,
  { read, found }: { readonly read: (body: unknown) => R | undefined; readonly found: string },
): Promise<R> {
  const response = await sendRequest(connection, content, deadline);
  const value = read(await readJsonBody(response, deadline.signal));
  if (value === undefined) throw createInvalidResponse(response, found);
  return value;
}

/** The JSON body of a successful response. Throws APIError RESPONSE_INVALID when it is something else, or the signal's reason. */
async function readJsonBody(response: Response, signal: AbortSignal): Promise<unknown> {
  try {
    return JSON.parse(await readText(response, maxJsonBodyBytes, signal));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof SyntaxError) throw createInvalidResponse(response, 'a body that is not JSON');
    throw VisionError.isInstance(error) ? error : createLostConnectionError(response, error);
  }
}

/** The error for a success that is not what this server would send. */
export function createInvalidResponse(response: Response, found: string): APIError {
  return new APIError('RESPONSE_INVALID', `The server answered with ${found}.`, {
    response: describeResponse(response),
    hint: foreignHint,
  });
}

/** Address, status, id and headers, as errors carry them. */
export function describeResponse(response: Response): ServerResponse {
  return {
    url: response.url,
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    headers: Object.fromEntries(response.headers),
  };
}

/** The error for a connection that broke while a body was coming. */
export function createLostConnectionError(response: Response, cause: unknown): ConnectionError {
  return new ConnectionError('The connection was lost while the answer was coming.', {
    response: describeResponse(response),
    cause,
    hint: 'The server stopped or a proxy cut the connection; ask again.',
  });
}

const foreignHint = 'Check that baseURL is the address of an h2ovl server and that no proxy answers in its place.';

async function sendOnce(
  connection: Connection,
  content: RequestContent,
  body: string | FormData | undefined,
  signal: AbortSignal,
): Promise<Response> {
  signal.throwIfAborted();
  const headers = await buildHeaders(connection, content, signal);
  let response: Response;
  try {
    const sent = connection.fetch(`${connection.baseUrl}${content.path}`, {
      method: content.method,
      headers,
      signal,
      redirect: 'manual', // following one would send the document and the headers to an address that the caller did not name
      ...(body === undefined ? {} : { body }),
    });
    response = await abortable(sent, signal); // a fetch of the caller's may not know signals
  } catch (error) {
    throw createConnectionError(connection.baseUrl, error);
  }
  if (response.ok) return response;
  throw response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)
    ? await createRedirectError(response, connection.baseUrl)
    : await readErrorResponse(response, connection.baseUrl, signal);
}

/** Nothing was sent to the new address. A browser does not tell which it is. */
async function createRedirectError(response: Response, baseUrl: string): Promise<APIError> {
  await response.body?.cancel().catch(() => {});
  const location = response.headers.get('location');
  const target = location !== null && URL.canParse(location, baseUrl) ? new URL(location, baseUrl) : undefined;
  const where = target === undefined ? 'elsewhere' : `to ${target.origin}${target.pathname}`; // user, password and query stay out of messages
  return new APIError('RESPONSE_INVALID', `${baseUrl} redirects ${where}; nothing was sent there.`, {
    response: describeResponse(response),
    hint: 'Set baseURL to the address at which the server itself answers.',
  });
}

async function buildHeaders(connection: Connection, content: RequestContent, signal: AbortSignal): Promise<Headers> {
  const apiKey = typeof connection.apiKey === 'function' ? await abortable(askForKey(connection.apiKey), signal) : connection.apiKey;
  try {
    return new Headers({
      accept: content.accept,
      ...(content.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(apiKey === undefined || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
      ...connection.headers,
    });
  } catch {
    // The platform's message repeats the value, which may be the key: it is left out on purpose.
    throw invalidArgument(
      'The API key or a header holds a character that HTTP does not allow, such as a line feed.',
      'headers',
      'Trim the key; files and secret stores often end it with a line feed.',
    );
  }
}

/** A key of the caller's own function. What it throws comes back as it is. */
async function askForKey(apiKey: () => string | Promise<string>): Promise<string> {
  const key: unknown = await apiKey();
  if (typeof key === 'string') return key;
  throw invalidArgument(
    `The function apiKey gave something ${kindOf(key)}, not a string.`,
    'apiKey',
    'Return the key, or an empty string for none.',
  );
}

async function readErrorResponse(response: Response, baseUrl: string, signal: AbortSignal): Promise<VisionError> {
  const text = await readText(response, maxErrorBodyBytes, signal).catch(() => '');
  const content = readError(parseJson(text));
  const facts = describeResponse(response);
  if (content !== undefined) return createError(content, facts);
  const excerpt = excerptOf(text, 200);
  const message = `${baseUrl} answered ${response.status}${excerpt === '' ? ' without a message' : `: ${excerpt}`}.`;
  return createStatusError(message, { response: facts, hint: foreignHint });
}

/** The beginning of foreign text on one line, for a message. */
export function excerptOf(text: string, maxChars: number): string {
  return text
    .slice(0, 10 * maxChars)
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, maxChars);
}

function createConnectionError(baseUrl: string, error: unknown): ConnectionError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { readonly code?: unknown } | undefined)?.code; // system errors carry one
  const reason = typeof code === 'string' ? code : cause instanceof Error ? cause.message : String(cause);
  return new ConnectionError(`No connection to ${baseUrl} (${reason}).`, { url: baseUrl, cause: error, hint: chooseHint(reason) });
}

function chooseHint(reason: string): string {
  if (reason === 'ECONNREFUSED') return 'Start the server with `h2ovl serve`, or set baseURL (H2OVL_BASE_URL) to where it listens.';
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') return 'Check the host name in baseURL (H2OVL_BASE_URL).';
  return 'Check that the server is running and can be reached from here.';
}

async function readText(response: Response, maxBytes: number, signal: AbortSignal): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const bytes of readBytes(response.body, signal)) {
    size += bytes.length;
    if (size > maxBytes) throw createInvalidResponse(response, `a body of more than ${maxBytes} bytes`);
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
