import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DocumentFacts } from '@h2ovl/contract';
import { endVerdict } from '@h2ovl/contract';
import {
  type ChatCompletionRequest,
  type ErrorEnvelope,
  type ModelList,
  type PageContent,
  writeDocument,
  writePage,
  writeSummary,
} from '@h2ovl/contract/wire';

/** A request the stub has seen. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The JSON body. */
  readonly body: ChatCompletionRequest | undefined;
  /** The fields of a form. */
  readonly form: Readonly<Record<string, string>>;
  /** The document of a form. */
  readonly file: { readonly name: string; readonly bytes: Buffer } | undefined;
}

/** A server on loopback that speaks the wire types and answers what a test tells it to. */
export interface StubServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly seen: SeenRequest[];
  /** Requests for an answer whose connection the client closed before its end. */
  closedEarly: number;
  /** The most requests for an answer that were open at a time. */
  mostAtOnce: number;
}

/** What to do with one request for an answer. */
export type Reply =
  /** The model's answer, or the text of the one page of a document. */
  | { readonly type: 'text'; readonly text: string; readonly finishReason?: 'stop' | 'length'; readonly after?: Promise<void> }
  /** The pages of a document. */
  | {
      readonly type: 'pages';
      readonly pages: readonly PageContent[];
      readonly pageCount?: number;
      readonly hangAfter?: number;
      readonly pageDelayMs?: number;
    }
  | {
      readonly type: 'refusal';
      readonly status: number;
      readonly error?: ErrorEnvelope['error'];
      readonly headers?: Record<string, string>;
      /** As the end of a stream that has begun. */
      readonly isLate?: boolean;
    }
  | { readonly type: 'raw'; readonly body: string; readonly contentType?: string }
  | { readonly type: 'silence' };

/** Starts the stub; `reply` is asked once per request for an answer. */
export async function startStubServer(reply: (request: SeenRequest) => Reply, models: readonly string[] = ['nano']): Promise<StubServer> {
  const seen: SeenRequest[] = [];
  let open = 0;
  const server = createServer(async (incoming, response) => {
    const request = await readRequest(incoming);
    seen.push(request);
    if (request.path === '/v1/models') return sendJson(response, 200, listModels(models));
    if (!answerPaths.includes(request.path)) {
      return sendJson(response, 404, { error: { message: 'No such path.', type: 'not_found_error', param: null, code: 'NOT_FOUND' } });
    }
    open += 1;
    stub.mostAtOnce = Math.max(stub.mostAtOnce, open);
    response.on('close', () => {
      open -= 1;
      if (!response.writableEnded) stub.closedEarly += 1;
    });
    await answer(response, request, reply(request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stub: StubServer = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    closedEarly: 0,
    mostAtOnce: 0,
    [Symbol.asyncDispose]: () => stop(server),
  };
  return stub;
}

const answerPaths = ['/v1/chat/completions', '/v1/read', '/v1/ask', '/v1/extract'];

async function readRequest(incoming: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const content = Buffer.concat(chunks);
  const type = incoming.headers['content-type'] ?? '';
  const isForm = type.startsWith('multipart/form-data');
  const fields = isForm ? [...(await new Response(content, { headers: { 'content-type': type } }).formData())] : [];
  const file = fields.find(([name]) => name === 'document')?.[1];
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    body: isForm || content.length === 0 ? undefined : (JSON.parse(content.toString('utf8')) as ChatCompletionRequest),
    form: Object.fromEntries(fields.filter((field): field is [string, string] => typeof field[1] === 'string')),
    file: typeof file === 'object' ? { name: file.name, bytes: Buffer.from(await file.arrayBuffer()) } : undefined,
  };
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

async function answer(response: ServerResponse, request: SeenRequest, reply: Reply): Promise<void> {
  if (reply.type === 'silence') return;
  if (reply.type === 'raw') {
    response.writeHead(200, { 'content-type': reply.contentType ?? 'text/html' }).end(reply.body);
    return;
  }
  if (reply.type === 'refusal') {
    const body = reply.error === undefined ? {} : { error: reply.error };
    if (reply.isLate !== true) return sendJson(response, reply.status, body, reply.headers);
    beginStream(response);
    writeData(response, body);
    response.end();
    return;
  }
  if (reply.type === 'pages') return await sendPages(response, reply);
  const { text, finishReason = 'stop', after } = reply;
  await after;
  if (request.path === '/v1/chat/completions') sendAnswer(response, request.body?.model ?? '', text, finishReason);
  else
    await sendPages(response, {
      type: 'pages',
      pages: [{ page: 1, text, source: 'model', verdict: endVerdict(finishReason), warnings: [], work: { finishReason, usage, timings } }],
    });
}

const usage = { inputTokens: 70, imageTokens: 64, outputTokens: 5, cachedTokens: 0 };
const timings = { queueMs: 0, imageMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0 };

function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  response.write(': working\n\n');
}

function writeData(response: ServerResponse, value: unknown): void {
  response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
}

function sendAnswer(response: ServerResponse, model: string, text: string, finishReason: 'stop' | 'length'): void {
  const write = (choices: readonly object[], rest: object = {}): void =>
    writeData(response, { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model, choices, ...rest });
  const half = Math.floor(text.length / 2);
  beginStream(response);
  write([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]);
  for (const content of [text.slice(0, half), text.slice(half)]) write([{ index: 0, delta: { content }, finish_reason: null }]);
  write([{ index: 0, delta: {}, finish_reason: finishReason }], { h2ovl: { finish_reason: finishReason, content_chars: text.length } });
  write([], { usage: { prompt_tokens: 70, completion_tokens: 5, total_tokens: 75 } });
  writeData(response, '[DONE]');
  response.end();
}

async function sendPages(response: ServerResponse, reply: Extract<Reply, { readonly type: 'pages' }>): Promise<void> {
  const { pages, pageCount = pages.length, hangAfter, pageDelayMs = 0 } = reply;
  const document: DocumentFacts = { name: 'a', format: 'pdf', byteCount: 1, pageCount, sha256: 'ab', warnings: [] };
  beginStream(response);
  const head = { id: 'doc_1', created: 1, model: 'nano' };
  writeData(response, { type: 'document', ...head, document: writeDocument(document), pages: pages.map(({ page }) => page) });
  for (const [index, page] of pages.entries()) {
    if (index === hangAfter) return;
    if (pageDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, pageDelayMs));
    writeData(response, { type: 'page', ...writePage({ ...page, document }) });
  }
  writeData(response, {
    type: 'done',
    ...writeSummary(
      pages.map((page) => ({ ...page, document })),
      [],
    ),
  });
  writeData(response, '[DONE]');
  response.end();
}

function listModels(ids: readonly string[]): ModelList {
  return { object: 'list', data: ids.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'h2ovl' })) };
}

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
