import { APIError, ConnectionError, type Deadline, type ServerResponse, VisionError, waitFor } from '@h2ovl/contract';
import { createError, createStatusError, readError } from '@h2ovl/contract/wire';
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
}

const maxErrorBodyBytes = 8_000_000; // an error may carry the answer that did not fit its schema
const maxJsonBodyBytes = 8_000_000; // a list of models stays under 1 MB

/** Sends, tries again where that helps, and returns the first response that is a success. Throws VisionError, or the reason of the deadline's signal. */
export async function sendRequest(connection: Connection, content: RequestContent, deadline: Deadline): Promise<Response> {
  const body = content.body === undefined ? undefined : JSON.stringify(content.body);
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
    return JSON.parse(await readText(response, maxJsonBodyBytes));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof SyntaxError) throw createInvalidResponse(response, 'a body that is not JSON');
    throw error;
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

const foreignHint = 'Check that baseURL is the address of an h2ovl server and that no proxy answers in its place.';

async function sendOnce(connection: Connection, content: RequestContent, body: string | undefined, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  const headers = await buildHeaders(connection, content);
  let response: Response;
  try {
    response = await connection.fetch(`${connection.baseUrl}${content.path}`, {
      method: content.method,
      headers,
      signal,
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    throw createConnectionError(connection.baseUrl, error);
  }
  if (response.ok) return response;
  throw await readErrorResponse(response, connection.baseUrl);
}

async function buildHeaders(connection: Connection, content: RequestContent): Promise<Headers> {
  const apiKey = typeof connection.apiKey === 'function' ? await connection.apiKey() : connection.apiKey;
  try {
    return new Headers({
      accept: content.accept,
      ...(content.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(apiKey === undefined || apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
      ...connection.headers,
    });
  } catch {
    // The platform's message repeats the value, which may be the key: it is left out on purpose.
    throw new VisionError('INVALID_ARGUMENT', 'The API key or a header holds a character that HTTP does not allow, such as a line feed.', {
      param: 'headers',
      hint: 'Trim the key; files and secret stores often end it with a line feed.',
    });
  }
}

async function readErrorResponse(response: Response, baseUrl: string): Promise<VisionError> {
  const text = await readText(response, maxErrorBodyBytes).catch(() => '');
  const content = readError(parseJson(text));
  const facts = describeResponse(response);
  if (content !== undefined) return createError(content, facts);
  const excerpt = text.trim().slice(0, 200);
  const message = `${baseUrl} answered ${response.status}${excerpt === '' ? ' without a message' : `: ${excerpt}`}.`;
  return createStatusError(message, { response: facts, hint: foreignHint });
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

async function readText(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const bytes of readBytes(response.body)) {
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
