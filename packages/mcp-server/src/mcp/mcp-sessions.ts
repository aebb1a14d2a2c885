import { randomUUID } from 'node:crypto';
import { onAbort } from '@h2ovl/contract';
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
}

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
    if (this.#sessions.size >= this.#maxSessions && !(await this.#makeRoom())) {
      return rpcError(
        503,
        -32000,
        `All ${this.#maxSessions} sessions are in use; close one, or start the server with a larger --max-sessions`,
        { 'retry-after': '10' },
      );
    }
    const session: McpSession = {
      transport: new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (id) => {
          this.#sessions.set(id, session);
        },
        onsessionclosed: (id) => {
          this.#sessions.delete(id);
        },
      }),
      lastUsed: this.#now(),
      openAnswers: 0,
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
    if (ids.length === 0 && request.method !== 'GET') return session.transport.handleRequest(request, parsed);
    session.openAnswers += 1;
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
      unfollow();
    };
    try {
      return watchEnd(await session.transport.handleRequest(request, parsed), { done, cancel });
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

function requestIds(body: unknown): (string | number)[] {
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  return messages.flatMap((message) => {
    if (typeof message !== 'object' || message === null || !('method' in message) || !('id' in message)) return [];
    return typeof message.id === 'string' || typeof message.id === 'number' ? [message.id] : [];
  });
}

/** A JSON-RPC error that belongs to no request. */
export function rpcError(status: number, code: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ jsonrpc: '2.0', error: { code, message }, id: null }, { status, headers });
}
