import { VisionError } from '@h2ovl/contract';
import { createMcpHandler, isJsonContentType, isLegacyRequest, type McpServer, type ServerNotifier } from '@modelcontextprotocol/server';
import { type BodyBudget, readBody } from '../bodies/read-body.ts';
import { retryAfterSeconds } from '../errors.ts';
import { McpSessions, rpcError } from './mcp-sessions.ts';
import { findLongHeader, findOversize } from './message-bounds.ts';
import { afterResponse, type SentFiles, sourcePaths } from './sent-files.ts';

/** MCP over HTTP as a function from request to response. */
export interface McpEndpoint {
  fetch(request: Request): Promise<Response>;
  /** Announces changes to subscribed 2026-era clients. */
  readonly changes: ServerNotifier;
  /** Ends all sessions and calls. */
  close(): Promise<void>;
}

export interface McpEndpointOptions {
  readonly createServer: () => McpServer | Promise<McpServer>;
  /** Largest request body in bytes. */
  readonly maxBodyBytes: number;
  /** What all bodies together may hold. */
  readonly bodies: BodyBudget;
  /** Where the files of requests are kept for the tools. Without it they stay in the text of their requests. */
  readonly sentFiles?: SentFiles | undefined;
  readonly onError: (error: Error) => void;
  /** Most sessions of 2025-era clients. @default 512 */
  readonly maxSessions?: number;
  /** Milliseconds after which a session that nobody uses ends. @default 24 hours */
  readonly sessionIdleMs?: number;
}

/** When another try makes sense, as it was measured; nothing where it was not. */
function retryHeader(error: VisionError): Record<string, string> {
  const seconds = retryAfterSeconds(error);
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}

/**
 * Streamable HTTP for both eras: 2026-07-28 requests are served one by one, 2025-era ones in sessions.
 * Checks neither Host nor token: mount it behind the guards.
 */
export function createMcpEndpoint({
  createServer,
  maxBodyBytes,
  bodies,
  sentFiles,
  onError,
  maxSessions,
  sessionIdleMs,
}: McpEndpointOptions): McpEndpoint {
  const modern = createMcpHandler(() => createServer(), { legacy: 'reject', onerror: onError, maxRequestBodySize: maxBodyBytes });
  const sessions = new McpSessions({
    createServer,
    ...(maxSessions === undefined ? {} : { maxSessions }),
    ...(sessionIdleMs === undefined ? {} : { idleMs: sessionIdleMs }),
  });
  const answer = async (request: Request): Promise<Response> => {
    const long = findLongHeader(request.headers);
    if (long !== undefined) return rpcError(400, -32600, `Invalid request: ${long}`);
    if (request.method !== 'POST') return sessions.fetch(request, undefined); // only the 2025 era has GET and DELETE
    if (!isJsonContentType(request.headers.get('content-type') ?? '')) {
      return rpcError(415, -32000, 'Unsupported Media Type: Content-Type must be application/json');
    }
    const paths = sentFiles === undefined ? {} : { filePaths: sourcePaths };
    const { text, files, release } = await readBody(request, { maxBytes: maxBodyBytes, budget: bodies, ...paths });
    const forget = sentFiles?.keep(files) ?? (() => {});
    try {
      const response = await answerPost(request, text);
      return files.size === 0 ? response : afterResponse(response, forget);
    } catch (error) {
      forget();
      throw error;
    } finally {
      release(); // at the first byte of the answer; what a call holds beyond that, the queue bounds
    }
  };
  const answerPost = async (request: Request, text: string): Promise<Response> => {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      return rpcError(400, -32700, 'Parse error: the body is not JSON');
    }
    const oversize = findOversize(body);
    if (oversize !== undefined) return rpcError(400, -32600, `Invalid request: ${oversize}`);
    if (await isLegacyRequest(request, body)) return sessions.fetch(request, body);
    return modern.fetch(request, { parsedBody: body });
  };
  return {
    fetch: async (request) => {
      try {
        return await answer(request);
      } catch (error) {
        if (VisionError.isInstance(error) && error.code === 'BODY_TOO_LARGE')
          return rpcError(413, -32000, error.message, { connection: 'close' });
        if (VisionError.isInstance(error) && error.code === 'QUEUE_FULL') return rpcError(429, -32000, error.message, retryHeader(error));
        if (VisionError.isInstance(error) && error.code === 'UNSUPPORTED_MEDIA_TYPE')
          return rpcError(415, -32000, error.message, { 'accept-encoding': 'identity' });
        if (VisionError.isInstance(error) && error.code === 'INVALID_ARGUMENT')
          return rpcError(400, -32700, `Parse error: ${error.message}`);
        throw error;
      }
    },
    changes: modern.notify,
    close: async () => {
      await Promise.all([modern.close(), sessions.close()]);
    },
  };
}
