import { buildRequest, type RequestInput, readCompletion, readError, readModelIds, wirePaths } from '@h2ovl/contract/wire';
import type { IExecuteFunctions, IHttpRequestOptions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import { explainFailedRequest, explainForeignAnswer, explainRefusal, type RequestFacts, type ServerContext } from './errors.ts';

/** Name of the credential type, which stored workflows refer to. */
export const credentialName = 'h2ovlApi';

/** How one request is sent. */
export interface SendOptions {
  /** Absent where the editor asks, outside a run. */
  readonly itemIndex?: number;
  readonly timeoutMs: number;
}

/** What the model wrote. */
export interface Completion {
  readonly text: string;
  /** Whether the token limit cut the text. */
  readonly isCut: boolean;
  /** How the text misses its schema; only with `acceptMisfit`. */
  readonly issues: readonly string[];
}

/** The ids of the models the server lists, its default first. Throws NodeApiError. */
export async function listModels(context: ServerContext, options: SendOptions): Promise<readonly string[]> {
  const { body, facts } = await send(context, { method: 'GET', url: wirePaths.models }, options);
  const ids = readModelIds(body);
  if (ids === undefined) throw explainForeignAnswer(context, facts);
  return ids;
}

/** Asks the model once. A stop of the run closes the connection, which stops the server too. Throws NodeApiError. */
export async function complete(
  context: IExecuteFunctions,
  input: RequestInput,
  { acceptMisfit = false, ...options }: SendOptions & { readonly acceptMisfit?: boolean },
): Promise<Completion> {
  const request: IHttpRequestOptions = { method: 'POST', url: wirePaths.chatCompletions, body: buildRequest(input) };
  const { status, body, facts } = await send(context, request, options, acceptMisfit);
  if (status === 422) {
    const output = readError(body)?.output;
    if (output === undefined) throw explainRefusal(context, facts, { status, body, retryAfter: undefined });
    const issues = output.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
    return { text: output.text, isCut: output.finishReason === 'length', issues };
  }
  const answer = readCompletion(body);
  if (answer === undefined) throw explainForeignAnswer(context, facts);
  return { text: answer.text, isCut: answer.finishReason === 'length', issues: [] };
}

interface SentAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly facts: RequestFacts;
}

async function send(
  context: ServerContext,
  request: IHttpRequestOptions,
  options: SendOptions,
  acceptMisfit: boolean = false,
): Promise<SentAnswer> {
  const facts: RequestFacts = { baseUrl: await readBaseUrl(context, options.itemIndex), ...options };
  const answer = await exchange(context, request, facts);
  const isAccepted = (answer.status >= 200 && answer.status < 300) || (acceptMisfit && answer.status === 422);
  if (!isAccepted) throw explainRefusal(context, facts, answer);
  return { ...answer, facts };
}

async function exchange(
  context: ServerContext,
  request: IHttpRequestOptions,
  facts: RequestFacts,
): Promise<{ readonly status: number; readonly body: unknown; readonly retryAfter: string | undefined }> {
  const signal = cancelSignal(context);
  try {
    const response = await context.helpers.httpRequestWithAuthentication.call(context, credentialName, {
      ...request,
      baseURL: facts.baseUrl,
      json: true,
      timeout: facts.timeoutMs,
      returnFullResponse: true,
      // Statuses are read here, so that the words of the server are not lost on the way.
      ignoreHttpStatusErrors: true,
      ...(signal === undefined ? {} : { abortSignal: signal }),
    });
    const { statusCode, body, headers } = response as { statusCode: number; body: unknown; headers?: { [key: string]: unknown } };
    const retryAfter = headers?.['retry-after'];
    return { status: statusCode, body, retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined };
  } catch (error) {
    throw explainFailedRequest(context, facts, error);
  }
}

/** The signal of the Stop button; undefined where this n8n or this context has none. */
export function cancelSignal(context: ServerContext): AbortSignal | undefined {
  if (!('getExecutionCancelSignal' in context) || typeof context.getExecutionCancelSignal !== 'function') return undefined;
  return context.getExecutionCancelSignal();
}

async function readBaseUrl(context: ServerContext, itemIndex: number | undefined): Promise<string> {
  const credentials = await context.getCredentials(credentialName, itemIndex);
  // People paste the address other tools ask for, with /v1 at its end.
  const baseUrl = String(credentials.baseUrl ?? '')
    .trim()
    .replace(/(\/v1)?\/*$/, '');
  if (/^https?:\/\/[^/]/i.test(baseUrl)) return baseUrl;
  throw new NodeOperationError(context.getNode(), `The Base URL '${baseUrl}' of the credential is not a web address`, {
    description: 'It begins with http:// or https://, e.g. http://127.0.0.1:7878.',
    ...(itemIndex === undefined ? {} : { itemIndex }),
  });
}
