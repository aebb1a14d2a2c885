import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChatCompletion, ChatCompletionRequest, ErrorEnvelope, ModelList } from '@h2ovl/contract/wire';

/** A request the stub has seen. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: ChatCompletionRequest | undefined;
}

/** A server on loopback that speaks the wire types and answers what a test tells it to. */
export interface StubServer extends AsyncDisposable {
  readonly baseUrl: string;
  readonly seen: SeenRequest[];
  /** Completion requests whose connection the client closed before the answer. */
  closedEarly: number;
}

/** What to do with one completion request. */
export type Reply =
  | { readonly type: 'text'; readonly text: string; readonly finishReason?: 'stop' | 'length' }
  | {
      readonly type: 'refusal';
      readonly status: number;
      readonly error?: ErrorEnvelope['error'];
      readonly headers?: Record<string, string>;
    }
  | { readonly type: 'raw'; readonly body: string }
  | { readonly type: 'silence' };

/** Starts the stub; `reply` is asked once per completion request. */
export async function startStubServer(
  reply: (request: ChatCompletionRequest) => Reply,
  models: readonly string[] = ['nano'],
): Promise<StubServer> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const body = text === '' ? undefined : (JSON.parse(text) as ChatCompletionRequest);
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    if (request.url === '/v1/models') return sendJson(response, 200, listModels(models));
    response.on('close', () => {
      if (!response.writableEnded) stub.closedEarly += 1;
    });
    if (request.url === '/v1/chat/completions' && body !== undefined) return answer(response, body, reply(body));
    return sendJson(response, 404, { error: { message: 'No such path.', type: 'not_found_error', param: null, code: 'NOT_FOUND' } });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stub: StubServer = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    closedEarly: 0,
    [Symbol.asyncDispose]: () => stop(server),
  };
  return stub;
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

function answer(response: ServerResponse, request: ChatCompletionRequest, reply: Reply): void {
  if (reply.type === 'silence') return;
  if (reply.type === 'raw') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(reply.body);
    return;
  }
  if (reply.type === 'refusal') {
    sendJson(response, reply.status, reply.error === undefined ? {} : { error: reply.error }, reply.headers);
    return;
  }
  const completion: ChatCompletion = {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: request.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: reply.text, refusal: null },
        logprobs: null,
        finish_reason: reply.finishReason ?? 'stop',
      },
    ],
    usage: { prompt_tokens: 70, completion_tokens: 5, total_tokens: 75 },
  };
  sendJson(response, 200, completion);
}

function listModels(ids: readonly string[]): ModelList {
  return { object: 'list', data: ids.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'h2ovl' })) };
}

function sendJson(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
