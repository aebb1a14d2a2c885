import { randomUUID } from 'node:crypto';
import { abortable, onAbort } from '@h2ovl/contract';
import { type JSONRPCMessage, type McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';

export interface McpSessionsOptions {
  readonly createServer: () => McpServer | Promise<McpServer>;
  /** Most sessions at a time; of those that nobody uses, the one longest unused makes room. @default 512 */
  readonly maxSessions?: number;
  /** Milliseconds after which a session that nobody uses ends. @default 24 hours */
  readonly idleMs?: number;
  /** A clock in milliseconds. */
  readonly now?: () => number;
}

interface McpSession {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  lastUsed: number;
  /** Calls under way, and streams that the client holds open to hear of changes. */
  openAnswers: number;
  /** The requests under way, by their ids. */
  readonly calls: Map<RequestId, OpenCall>;
}

type RequestId = string | number;

/** The requests of one POST, which are answered in one stream. */
interface OpenCall {
  readonly ids: readonly RequestId[];
  /** Resolves when the stream has ended. */
  readonly over: Promise<void>;
}

/** How long a request waits for the end of the call whose id it has: its client may have read the answer a moment before this server hears that it is out. */
const sameIdMs = 500;

/** A client that is connected all day asks little, and most do not begin anew when their session has ended. */
const defaultIdleMs = 24 * 60 * 60_000;

/**
 * The 2025-era half of Streamable HTTP: a transport and a server per `Mcp-Session-Id`, so that cancel and server-to-client requests work.
 * Sessions are random, capped, and expire; an id that is unknown or over is a 404. A session with a call under way or an open stream is in use,
 * however long that takes, and is never ended for another.
 */
export class McpSessions {
  readonly #sessions = new Map<string, McpSession>();
  readonly #createServer: () => McpServer | Promise<McpServer>;
  readonly #maxSessions: number;
  readonly #idleMs: number;
  readonly #now: () => number;
  /** Sessions that are being opened. */
  #opening = 0;

  constructor({ createServer, maxSessions = 512, idleMs = defaultIdleMs, now = () => performance.now() }: McpSessionsOptions) {
    this.#createServer = createServer;
    this.#maxSessions = maxSessions;
    this.#idleMs = idleMs;
    this.#now = now;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Answers one 2025-era request; `body` is its parsed JSON (undefined for GET and DELETE). */
  async fetch(request: Request, body: unknown): Promise<Response> {
    await this.#expire();
    const id = request.headers.get('mcp-session-id');
    if (id === null) return this.#begin(request, body);
    const session = this.#sessions.get(id);
    if (session === undefined) return rpcError(404, -32001, 'Session not found');
    return this.#serve(session, request, body);
  }

  /** Ends all sessions and the calls in them. */
  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(sessions.map((session) => session.transport.close()));
  }

  async #begin(request: Request, body: unknown): Promise<Response> {
    if (request.method !== 'POST' || !isInitialize(body))
      return rpcError(400, -32000, 'Bad Request: the first request of a session is initialize');
    this.#opening += 1;
    let isOpening = true;
    const settle = (): void => {
      if (isOpening) this.#opening -= 1;
      isOpening = false;
    };
    try {
      if (this.#sessions.size + this.#opening > this.#maxSessions && !(await this.#makeRoom())) return this.#refuse();
      return await this.#open(request, body, settle);
    } finally {
      settle();
    }
  }

  #refuse(): Response {
    const message = `All ${this.#maxSessions} sessions are in use; close one, or start the server with a larger --max-sessions`;
    return rpcError(503, -32000, message, { 'retry-after': '10' });
  }

  async #open(request: Request, body: unknown, settle: () => void): Promise<Response> {
    const session: McpSession = {
      transport: new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (id) => {
          settle();
          this.#sessions.set(id, session);
        },
        onsessionclosed: (id) => {
          this.#sessions.delete(id);
        },
      }),
      lastUsed: this.#now(),
      openAnswers: 0,
      calls: new Map(),
    };
    const server = await this.#createServer();
    await server.connect(session.transport);
    const response = await this.#serve(session, request, body);
    if (session.transport.sessionId === undefined) await session.transport.close(); // refused: it never became a session
    return response;
  }

  async #serve(session: McpSession, request: Request, body: unknown): Promise<Response> {
    session.lastUsed = this.#now();
    const ids = request.method === 'POST' ? requestIds(body) : [];
    const parsed = body === undefined ? {} : { parsedBody: body };
    if (ids.length === 0 && request.method !== 'GET') {
      const response = await session.transport.handleRequest(request, parsed);
      await endCancelled(session, body);
      return response;
    }
    session.openAnswers += 1;
    const taken = (await findTaken(session, ids)) ?? ids.find((id) => session.calls.has(id));
    if (taken !== undefined) {
      session.openAnswers -= 1;
      return rpcError(400, -32600, `Invalid request: the id ${JSON.stringify(taken)} is that of another request under way in this session`);
    }
    let end = (): void => {};
    const call: OpenCall = { ids, over: new Promise((resolve) => (end = resolve)) };
    for (const id of ids) session.calls.set(id, call);
    // Nothing is kept for a client that comes back, so a lost connection ends the calls it carried.
    const cancel = (): void => {
      for (const requestId of ids) {
        const message: JSONRPCMessage = {
          jsonrpc: '2.0',
          method: 'notifications/cancelled',
          params: { requestId, reason: 'The connection was closed.' },
        };
        session.transport.onmessage?.(message);
      }
    };
    const unfollow = onAbort(request.signal, cancel);
    let isOver = false;
    const done = (): void => {
      if (isOver) return; // a dropped body ends twice: by the drop, and by the read it interrupts
      isOver = true;
      session.openAnswers -= 1;
      session.lastUsed = this.#now();
      for (const id of ids) session.calls.delete(id);
      unfollow();
      end();
    };
    try {
      let response = await session.transport.handleRequest(request, parsed);
      if (request.method === 'GET' && response.status === 409) {
        // The stream that this client had may be lost without a word: the newer one takes its place.
        session.transport.closeStandaloneSSEStream();
        response = await session.transport.handleRequest(request, parsed);
      }
      await endCancelled(session, body);
      return watchEnd(response, { done, cancel });
    } catch (error) {
      done();
      throw error;
    }
  }

  async #expire(): Promise<void> {
    const oldest = this.#now() - this.#idleMs;
    for (const [id, session] of this.#sessions) {
      if (session.openAnswers === 0 && session.lastUsed < oldest) await this.#end(id, session);
    }
  }

  async #makeRoom(): Promise<boolean> {
    const idle = [...this.#sessions].filter(([, session]) => session.openAnswers === 0);
    const [oldest] = idle.sort(([, a], [, b]) => a.lastUsed - b.lastUsed);
    if (oldest === undefined) return false;
    await this.#end(...oldest);
    return true;
  }

  async #end(id: string, session: McpSession): Promise<void> {
    this.#sessions.delete(id);
    await session.transport.close();
  }
}

/** The first of these ids that comes twice; two answers to one id cannot be told apart. Waits a moment for calls under way that have one of them. */
async function findTaken({ calls }: McpSession, ids: readonly RequestId[]): Promise<RequestId | undefined> {
  const others = ids.flatMap((id) => calls.get(id)?.over ?? []);
  if (others.length > 0) await abortable(Promise.all(others), AbortSignal.timeout(sameIdMs)).catch(() => {});
  return ids.find((id, at) => ids.indexOf(id) !== at);
}

/** Ends the answers to requests that were cancelled: they get none, and nobody else closes their streams. */
async function endCancelled({ transport, calls }: McpSession, body: unknown): Promise<void> {
  for (const requestId of cancelledIds(body)) {
    const call = calls.get(requestId);
    if (call === undefined) continue;
    if (call.ids.length === 1) transport.closeSSEStream(requestId);
    // The others of a batch are still to be answered, in the same stream, which ends when each has something.
    else await transport.send({ jsonrpc: '2.0', id: requestId, error: { code: -32000, message: 'The request was cancelled.' } });
  }
}

/** Calls `done` once the body has been sent or dropped, and `cancel` first when it was dropped. */
function watchEnd(response: Response, { done, cancel }: { readonly done: () => void; readonly cancel: () => void }): Response {
  if (response.body === null) {
    done();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done: isDone, value } = await reader.read();
        if (!isDone) return controller.enqueue(value);
        done();
        controller.close();
      } catch (error) {
        done();
        controller.error(error);
      }
    },
    async cancel(reason) {
      cancel();
      done();
      await reader.cancel(reason);
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

function isInitialize(body: unknown): boolean {
  return typeof body === 'object' && body !== null && (body as { method?: unknown }).method === 'initialize';
}

function requestIds(body: unknown): RequestId[] {
  return messagesOf(body).flatMap((message) => ('method' in message && isRequestId(message.id) ? [message.id] : []));
}

function cancelledIds(body: unknown): RequestId[] {
  return messagesOf(body).flatMap(({ method, params }) => {
    const { requestId } = (params ?? {}) as { readonly requestId?: unknown };
    return method === 'notifications/cancelled' && isRequestId(requestId) ? [requestId] : [];
  });
}

function messagesOf(body: unknown): Readonly<Record<string, unknown>>[] {
  const values: unknown[] = Array.isArray(body) ? body : [body];
  return values.filter((value): value is Record<string, unknown> => typeof value === 'object' && value !== null);
}

function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || typeof value === 'number';
}

/** A JSON-RPC error that belongs to no request. */
export function rpcError(status: number, code: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status, headers });
}
