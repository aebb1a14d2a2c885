import { type ErrorContent, errorStatuses, readError, readRetryAfter, wireCode } from '@h2ovl/contract/wire';
import type { IDataObject, IExecuteFunctions, ILoadOptionsFunctions, JsonObject } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { headerText } from './waiting.ts';

/** The contexts that talk to the server. */
export type ServerContext = IExecuteFunctions | ILoadOptionsFunctions;

/** What a request was about, for messages. */
export interface RequestFacts {
  /** Without what may be a password. */
  readonly baseUrl: string;
  readonly timeoutMs: number;
  readonly itemIndex?: number;
  readonly fileName?: string;
}

/** An answer whose status is not a success. */
export interface RefusedAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Names in lower case. */
  readonly headers: IDataObject;
}

interface Explanation {
  readonly message: string;
  readonly description: string;
}

const certificateCodes: readonly string[] = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
];

/** Errors that say what happened already; n8n puts what its client throws into the same class. */
const explained = new WeakSet<NodeApiError>();

/** Turns a request that got no answer into an error that says what happened and what to do. */
export function explainFailedRequest(context: ServerContext, facts: RequestFacts, error: unknown): NodeApiError {
  if (error instanceof NodeApiError && explained.has(error)) return error;
  const { codes, text } = collectFacts(error);
  const { message, description } = explainFailure(facts, codes, text);
  return createApiError(context, facts, { message, description, original: text });
}

/** Turns a refusal of the server into an error that says what happened and what to do; the status is kept as `httpCode`. */
export function explainRefusal(context: ServerContext, facts: RequestFacts, answer: RefusedAnswer): NodeApiError {
  const said = readError(answer.body);
  const { message, description } = explainStatus(answer, said, facts);
  return createApiError(context, facts, { message, description, original: said?.message ?? '', httpCode: String(answer.status) });
}

/** An answer that is not what an h2ovl server says: another program listens at that address. */
export function explainForeignAnswer(context: ServerContext, facts: RequestFacts): NodeApiError {
  return createApiError(context, facts, {
    message: `What answered at ${facts.baseUrl} is not an h2ovl server`,
    description: 'Check the Base URL of the credential: it is the address the server printed when it started, without a path.',
    original: '',
  });
}

/** An answer of which a part is missing, or came twice. */
export function explainBrokenAnswer(context: ServerContext, facts: RequestFacts): NodeApiError {
  return createApiError(context, facts, {
    message: `The answer of the server at ${facts.baseUrl} did not arrive whole`,
    description: 'The server stopped, or a proxy between n8n and the server cut or changed the connection. Try again.',
    original: '',
  });
}

/** The refusal in an error envelope that came after the first byte, where the status is spent: its code says which status it would have been. */
export function refusalOf(body: unknown): RefusedAnswer {
  const code = wireCode(readError(body)?.code ?? '');
  return { status: code === undefined ? 500 : errorStatuses[code], body, headers: {} };
}

/** Leaves our own errors as they are and gives everything else a node and an item. */
export function toNodeError(context: IExecuteFunctions, error: unknown, itemIndex: number): NodeApiError | NodeOperationError {
  if (error instanceof NodeApiError || error instanceof NodeOperationError) return error;
  return new NodeOperationError(context.getNode(), error instanceof Error ? error : String(error), { itemIndex });
}

function createApiError(
  context: ServerContext,
  facts: RequestFacts,
  { message, description, original, httpCode }: Explanation & { readonly original: string; readonly httpCode?: string },
): NodeApiError {
  // Only the text goes in: a `code` like ECONNREFUSED would make n8n put its own sentence in place of ours.
  const response: JsonObject = { message: original === '' ? message : original };
  const error = new NodeApiError(context.getNode(), response, {
    message,
    description,
    ...(facts.itemIndex === undefined ? {} : { itemIndex: facts.itemIndex }),
    ...(httpCode === undefined ? {} : { httpCode }),
  });
  explained.add(error);
  return error;
}

/** n8n wraps what went wrong one or two times; the code lies somewhere on the way down. */
function collectFacts(error: unknown): { readonly codes: readonly string[]; readonly text: string } {
  const codes: string[] = [];
  const texts: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 6 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, name, message, messages, cause } = current as { [key: string]: unknown };
    for (const value of [code, name]) if (typeof value === 'string') codes.push(value);
    for (const value of [message, ...(Array.isArray(messages) ? messages : [])]) {
      if (typeof value === 'string' && value !== '' && !texts.includes(value)) texts.push(value);
    }
    current = cause;
  }
  return { codes, text: texts.join(' | ') };
}

function explainFailure({ baseUrl, timeoutMs, itemIndex }: RequestFacts, codes: readonly string[], text: string): Explanation {
  const has = (...names: readonly string[]): boolean => names.some((name) => codes.includes(name) || text.includes(name));
  if (has('ERR_CANCELED', 'CanceledError')) {
    return { message: 'The run was stopped while the server was reading', description: 'The server was told to stop as well.' };
  }
  if (has('SsrfBlockedIpError') || /restricted IP address/i.test(text)) {
    return {
      message: `n8n is set to block requests to private addresses, and ${baseUrl} is one`,
      description: 'Ask the admin of this n8n to allow the server: N8N_SSRF_ALLOWED_HOSTNAMES or N8N_SSRF_ALLOWED_IP_RANGES.',
    };
  }
  if (/timeout of \d+ ?ms exceeded/i.test(text) || has('ECONNABORTED', 'ETIMEDOUT')) {
    return {
      message: `The server at ${baseUrl} gave no answer within ${timeoutMs / 1000} s`,
      description:
        itemIndex === undefined
          ? 'Look at the output of the server, then try again.'
          : 'Raise Timeout under Options (long pages on a slow machine take minutes), or lower Max Tokens or Tiles.',
    };
  }
  if (has('BROKEN_OFF') || /^The answer broke off/.test(text)) {
    return {
      message: `The server at ${baseUrl} stopped in the middle of its answer`,
      description: 'Look at the output of the server, and at proxies between n8n and the server. Try again.',
    };
  }
  if (has('ECONNREFUSED')) {
    return {
      message: `Nothing listens at ${baseUrl}`,
      description:
        'Start the server with `npx @h2ovl/mcp-server --http`, or correct the Base URL of the credential. When n8n runs in Docker or on another machine, 127.0.0.1 is not the machine of the server: use http://host.docker.internal:7878 or the name of its service.',
    };
  }
  if (has('ENOTFOUND', 'EAI_AGAIN')) {
    return {
      message: `The host of ${baseUrl} is not known`,
      description: 'Check the spelling of the Base URL in the credential. In Docker it is host.docker.internal or the name of the service.',
    };
  }
  if (has('EHOSTUNREACH', 'ENETUNREACH')) {
    return { message: `There is no way to ${baseUrl}`, description: 'Check the network and the firewall between n8n and the server.' };
  }
  if (has(...certificateCodes)) {
    return {
      message: `The certificate of ${baseUrl} cannot be checked`,
      description: 'Make n8n trust it (NODE_EXTRA_CA_CERTS), or switch on Ignore SSL Issues in the credential.',
    };
  }
  if (has('ECONNRESET', 'EPIPE', 'socket hang up')) {
    return {
      message: `The server at ${baseUrl} closed the connection before it answered`,
      description: 'Look at the output of the server. It may have been restarted, or have run out of memory.',
    };
  }
  return { message: `The request to ${baseUrl} did not go through`, description: `n8n said: ${text}` };
}

function explainStatus({ status, headers }: RefusedAnswer, said: ErrorContent | undefined, { fileName }: RequestFacts): Explanation {
  const file = fileName === undefined ? 'this file' : `'${fileName}'`;
  const details = [said?.message, said?.hint]
    .filter((part) => part !== undefined)
    .map(endSentence)
    .join(' ');
  const withDetails = (message: string, nextMove: string): Explanation => ({
    message,
    description: `${details} ${nextMove}`.trim(),
  });
  if (status >= 300 && status < 400) {
    return {
      message: 'What answers at the Base URL sends requests elsewhere, and this node does not follow',
      description: `It names ${withoutSecrets(headerText(headers.location))}. Put the address of the server itself into the credential.`,
    };
  }
  switch (status) {
    case 400:
      if (said?.code === 'CONTEXT_OVERFLOW')
        return withDetails('The image and the prompt are too long for the model', 'Lower Tiles under Options, or send fewer images.');
      if (said?.code === 'DOCUMENT_ENCRYPTED') return withDetails(`The server cannot open ${file}`, 'Add Password under Options.');
      if (said?.code === 'PAGE_NOT_FOUND') return withDetails(`There is no such page in ${file}`, 'Check Pages under Options.');
      if (said?.code === 'SCHEMA_UNSUPPORTED')
        return withDetails('The schema has a condition that the server cannot enforce', 'Leave it out of the JSON Schema.');
      if (/^(IMAGE|DOCUMENT)_/.test(said?.code ?? '')) return withDetails(`The server cannot read ${file}`, '');
      return withDetails('The server did not understand the request', '');
    case 401:
      return withDetails('The server does not accept the API key', 'Put the token the server was started with into the credential.');
    case 403:
      return withDetails('The server does not let n8n in', 'Start it with --allowed-host and the host name of the Base URL.');
    case 404:
      if (said?.code === 'MODEL_NOT_FOUND')
        return withDetails('The server does not have this model', 'Choose another one from the list in Model.');
      return withDetails('The server does not know this path', 'The Base URL of the credential has no path, e.g. http://127.0.0.1:7878.');
    case 413:
      return withDetails(
        'The file is larger than the server takes',
        'Make it smaller or split it, or start the server with higher limits.',
      );
    case 415:
      return withDetails('The server does not read this kind of file', 'Convert it to PDF, PNG or JPEG before this node.');
    case 422:
      return withDetails('The answer of the model does not fit the schema', describeMisfit(said));
    case 429:
    case 503:
      return withDetails(
        status === 429 ? 'The server is busy and its queue is full' : 'The server is not ready yet',
        describeWait(headers),
      );
    default:
      return withDetails(`The server answered with status ${status}`, 'Look at the output of the server.');
  }
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function describeMisfit(said: ErrorContent | undefined): string {
  const issues = (said?.output?.issues ?? []).map(({ path, message }) => `${path.length === 0 ? 'answer' : path.join('.')}: ${message}`);
  const list = issues.length === 0 ? '' : `${issues.slice(0, 5).join('; ')}${issues.length > 5 ? `; and ${issues.length - 5} more` : ''}. `;
  return `${list}Ask for fewer fields, or switch on Keep Answers That Do Not Fit under Options.`;
}

function describeWait(headers: IDataObject): string {
  const waitMs = readRetryAfter(headerText(headers['retry-after']), headerText(headers.date));
  const when = waitMs === undefined ? 'Try again in a moment' : `Try again in ${Math.ceil(waitMs / 1000)} s`;
  return `${when}. This node waits by itself as long as Timeout under Options allows.`;
}

function withoutSecrets(location: string | undefined): string {
  if (location === undefined || !URL.canParse(location)) return 'another path';
  const { origin, pathname } = new URL(location);
  return `${origin}${pathname}`;
}
