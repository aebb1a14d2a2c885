import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChatCompletionRequest, ErrorEnvelope } from '@h2ovl/contract/wire';

/** One request as the stub saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed JSON; undefined for another body or none. */
  readonly body: ChatCompletionRequest | undefined;
  /** Resolves when the client closed the connection before the answer was finished. */
  readonly closed: Promise<void>;
}

/** Answers one request; `index` counts from 0. */
export type Handler = (response: ServerResponse, request: SeenRequest, index: number) => void | Promise<void>;

/** A hand-written server on a free port of this machine. */
export interface StubServer extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
}

/** Starts a server that lets `handler` answer. Disposing closes it with all its connections. */
export async function startStubServer(handler: Handler): Promise<StubServer> {
  const seen: SeenRequest[] = [];
  const server: Server = createServer(async (incoming, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of incoming) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString();
    const closed = new Promise<void>((resolve) => {
      response.once('close', () => {
        if (!response.writableFinished) resolve();
      });
    });
    const request = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: text.startsWith('{') ? (JSON.parse(text) as ChatCompletionRequest) : undefined,
      closed,
    };
    seen.push(request);
    response.setHeader('x-request-id', `req-${seen.length - 1}`);
    await handler(response, request, seen.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port of this machine on which nothing listens. */
export async function findDeadUrl(): Promise<string> {
  const server = await startStubServer(() => {});
  const { url } = server;
  await server[Symbol.asyncDispose]();
  return url;
}

/** What a streamed answer should hold. */
export interface StreamPlan {
  readonly deltas: readonly string[];
  readonly finishReason?: 'stop' | 'length' | 'stop-sequence';
  readonly model?: string;
}

/** Sends headers and the role chunk at once, as the real server does. */
export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  writeData(response, chunk({ role: 'assistant', content: '' }));
}

/** One `data:` line. Returns false when the client is slower than we are. */
export function writeData(response: ServerResponse, value: unknown): boolean {
  return response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
}

/** A chunk with a delta. */
export function chunk(delta: object, extra: object = {}, finishReason: 'stop' | 'length' | null = null): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_790_000_000,
    model: 'nano',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    ...extra,
  };
}

/** A chunk without choices: progress, or usage. */
export function bareChunk(extra: object): object {
  return { ...chunk({}), choices: [], ...extra };
}

/** The end of a good answer: reason, timings, warnings, usage, the end mark. */
export function endStream(
  response: ServerResponse,
  finishReason: 'stop' | 'length' | 'stop-sequence' = 'stop',
  contentChars?: number,
): void {
  const details = {
    ...(contentChars === undefined ? {} : { content_chars: contentChars }),
    finish_reason: finishReason,
    timings: { queue_ms: 1, image_ms: 2, vision_ms: 3, prefill_ms: 4, decode_ms: 5 },
    warnings: [{ type: 'other', message: 'The page is small.' }],
    forced: ['date'],
  };
  writeData(response, chunk({}, { h2ovl: details }, finishReason === 'length' ? 'length' : 'stop'));
  writeData(
    response,
    bareChunk({
      usage: {
        prompt_tokens: 300,
        completion_tokens: 7,
        total_tokens: 307,
        prompt_tokens_details: { cached_tokens: 20, image_tokens: 256 },
      },
    }),
  );
  writeData(response, '[DONE]');
  response.end();
}

/** A whole streamed answer. */
export function sendStream(response: ServerResponse, { deltas, finishReason }: StreamPlan): void {
  beginStream(response);
  for (const content of deltas) writeData(response, chunk({ content }));
  endStream(response, finishReason);
}

/** A JSON answer. */
export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** An error envelope with its status. */
export function sendError(
  response: ServerResponse,
  status: number,
  error: Partial<ErrorEnvelope['error']>,
  headers: Record<string, string> = {},
): void {
  const envelope = { error: { message: 'It failed.', type: 'invalid_request_error', param: null, code: 'INTERNAL', ...error } };
  sendJson(response, status, envelope, headers);
}
