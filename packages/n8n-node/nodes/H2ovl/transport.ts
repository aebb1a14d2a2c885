import { readModelIds, wirePaths } from '@h2ovl/contract/wire';
import type { IDataObject, IHttpRequestOptions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import {
  explainFailedRequest,
  explainForeignAnswer,
  explainRefusal,
  type RefusedAnswer,
  type RequestFacts,
  type ServerContext,
} from './errors.ts';
import { type ByteStream, isByteStream, readText } from './event-stream.ts';
import { chooseWait, pause, startTimeLimit, type TimeLimit } from './waiting.ts';

/** Name of the credential type, which stored workflows refer to. */
export const credentialName = 'h2ovlApi';

/** How one request is sent. */
export interface SendOptions {
  /** Absent where the editor asks, outside a run. */
  readonly itemIndex?: number;
  readonly timeoutMs: number;
  /** Closes the connection, which stops the server too. */
  readonly signal?: AbortSignal | undefined;
  /** The file a request is about, for messages. */
  readonly fileName?: string;
}

/** What is posted. */
export interface PostContent {
  readonly url: string;
  /** An object is sent as JSON. */
  readonly body: object;
}

/** A stream whose status was a success, or what the server said instead. */
export type OpenAnswer = { readonly facts: RequestFacts; readonly limit: TimeLimit } & (
  | { readonly body: ByteStream; readonly refusal?: undefined }
  | { readonly refusal: RefusedAnswer; readonly body?: undefined }
);

/** The ids of the models the server lists, its default first. Throws NodeApiError. */
export async function listModels(context: ServerContext, options: SendOptions): Promise<readonly string[]> {
  const { baseUrl, facts } = await readBaseUrl(context, options);
  const limit = startTimeLimit(options.timeoutMs);
  const request: IHttpRequestOptions = { method: 'GET', url: wirePaths.models, baseURL: baseUrl, json: true };
  const answer = await sendPatiently(context, request, { facts, limit, ...options });
  if (!isSuccess(answer)) throw explainRefusal(context, facts, answer);
  const ids = readModelIds(answer.body);
  if (ids === undefined) throw explainForeignAnswer(context, facts);
  return ids;
}

/** Posts, waits while the server is busy, and hands out the answer as it comes. Throws NodeApiError for everything but a refusal. */
export async function openStream(context: ServerContext, { url, body }: PostContent, options: SendOptions): Promise<OpenAnswer> {
  const { baseUrl, facts } = await readBaseUrl(context, options);
  const limit = startTimeLimit(options.timeoutMs);
  const request: IHttpRequestOptions = {
    method: 'POST',
    url,
    baseURL: baseUrl,
    body,
    headers: { Accept: 'text/event-stream' },
    encoding: 'stream',
  };
  const answer = await sendPatiently(context, request, { facts, limit, ...options });
  if (!isSuccess(answer)) return { refusal: answer, facts, limit };
  if (!isByteStream(answer.body) || !/^text\/event-stream/.test(String(answer.headers['content-type']))) {
    if (isByteStream(answer.body)) answer.body.destroy();
    throw explainForeignAnswer(context, facts);
  }
  return { body: answer.body, facts, limit };
}

interface Sending extends SendOptions {
  readonly facts: RequestFacts;
  readonly limit: TimeLimit;
}

function isSuccess({ status }: RefusedAnswer): boolean {
  return status >= 200 && status < 300;
}

/** Asks again as long as the server only lacks room or time, and the time limit allows it. */
async function sendPatiently(context: ServerContext, request: IHttpRequestOptions, sending: Sending): Promise<RefusedAnswer> {
  const { facts, limit, signal } = sending;
  for (let tries = 0; ; tries += 1) {
    const answer = await exchange(context, request, sending);
    const waitMs = isSuccess(answer) ? undefined : chooseWait(answer, tries);
    if (waitMs === undefined || waitMs >= limit.remainingMs()) return answer;
    await pause(waitMs, signal);
    if (signal?.aborted === true) throw explainFailedRequest(context, facts, signal.reason);
  }
}

async function exchange(context: ServerContext, request: IHttpRequestOptions, { facts, limit, signal }: Sending): Promise<RefusedAnswer> {
  try {
    const response = await context.helpers.httpRequestWithAuthentication.call(context, credentialName, {
      ...request,
      timeout: Math.max(1, Math.ceil(limit.remainingMs())),
      returnFullResponse: true,
      // Statuses are read here, so that the words of the server are not lost on the way.
      ignoreHttpStatusErrors: true,
      // Following one would send the document to an address that nobody named.
      disableFollowRedirect: true,
      ...(signal === undefined ? {} : { abortSignal: signal }),
    });
    const { statusCode: status, body, headers = {} } = response as { statusCode: number; body: unknown; headers?: IDataObject };
    const isText = isByteStream(body) && (status < 200 || status >= 300);
    return { status, body: isText ? parse(await readText(body, limit, signal)) : body, headers };
  } catch (error) {
    throw explainFailedRequest(context, facts, error);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function readBaseUrl(
  context: ServerContext,
  options: SendOptions,
): Promise<{ readonly baseUrl: string; readonly facts: RequestFacts }> {
  const { itemIndex } = options;
  const credentials = await context.getCredentials(credentialName, itemIndex);
  // People paste the address other tools ask for, with /v1 at its end.
  const baseUrl = String(credentials.baseUrl ?? '')
    .trim()
    .replace(/(\/v1)?\/*$/, '');
  const shown = baseUrl.replace(/^(https?:\/\/)?.*@/is, '$1'); // what stands before an @ may be a password
  if (/^https?:\/\/[^/]/i.test(baseUrl)) return { baseUrl, facts: { baseUrl: shown, ...options } };
  throw new NodeOperationError(context.getNode(), `The Base URL '${shown}' of the credential is not a web address`, {
    description: 'It begins with http:// or https://, e.g. http://127.0.0.1:7878.',
    ...(itemIndex === undefined ? {} : { itemIndex }),
  });
}
