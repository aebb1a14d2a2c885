import type { Readable, Writable } from 'node:stream';
import type { McpServerFactory } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { LineTransport } from './line-transport.ts';

// A data: URL of a large scan comes as one line.
const maxMessageBytes = 96 * 1024 * 1024;

export interface ServeMcpStdioOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly onError: (error: Error) => void;
}

/** A connection over a pair of streams. */
export interface StdioConnection {
  /** Resolves when the input has ended and what came before is answered, or when the connection was closed, by either side. */
  readonly closed: Promise<void>;
  /** Whether the input has ended: only answers that are under way are still to come. */
  hasEnded(): boolean;
  close(): Promise<void>;
}

/** Serves MCP of both eras over a pair of streams until the input ends and all its requests are answered. */
export function serveMcpStdio(factory: McpServerFactory, { input, output, onError }: ServeMcpStdioOptions): StdioConnection {
  let heard = (): void => {};
  const closed = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const transport = new WatchedTransport(input, output, heard);
  const handle = serveStdio(factory, { transport, onerror: onError });
  return { closed, hasEnded: () => transport.hasEnded, close: () => handle.close() };
}

class WatchedTransport extends LineTransport {
  readonly #onClosed: () => void;

  constructor(input: Readable, output: Writable, onClosed: () => void) {
    super(input, output, maxMessageBytes);
    this.#onClosed = onClosed;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#onClosed();
  }
}
