import { type Readable, Transform, type Writable } from 'node:stream';
import type { McpServerFactory } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';

// A data: URL of a large scan comes as one line; the transport's own 10 MiB would close the connection on it.
const maxMessageBytes = 96 * 1024 * 1024;

export interface ServeMcpStdioOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly onError: (error: Error) => void;
}

/** A connection over a pair of streams. */
export interface StdioConnection {
  /** Resolves when the input has ended or the connection was closed, by either side. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Serves MCP of both eras over a pair of streams until the input ends. */
export function serveMcpStdio(factory: McpServerFactory, { input, output, onError }: ServeMcpStdioOptions): StdioConnection {
  let heard = (): void => {};
  const closed = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const transport = new WatchedTransport(input.pipe(joinLines()), output, heard);
  const handle = serveStdio(factory, { transport, onerror: onError });
  return { closed, close: () => handle.close() };
}

class WatchedTransport extends StdioServerTransport {
  readonly #onClosed: () => void;

  constructor(input: Readable, output: Writable, onClosed: () => void) {
    super(input, output, { maxBufferSize: maxMessageBytes });
    this.#onClosed = onClosed;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#onClosed();
  }
}

/** Hands on whole lines. The transport copies all it holds for every piece it gets, which takes a minute for a large image in 64 kB pieces. */
function joinLines(): Transform {
  let parts: Buffer[] = [];
  let length = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      parts.push(chunk);
      length += chunk.length;
      // Too long a line goes on unfinished: the transport says so and closes.
      if (chunk.includes(10) || length > maxMessageBytes) {
        this.push(Buffer.concat(parts, length));
        parts = [];
        length = 0;
      }
      done();
    },
    flush(done) {
      if (length > 0) this.push(Buffer.concat(parts, length));
      done();
    },
  });
}
