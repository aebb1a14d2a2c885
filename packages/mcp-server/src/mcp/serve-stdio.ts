import type { Readable, Writable } from 'node:stream';
import type { McpServerFactory } from '@modelcontextprotocol/server';
import { type StdioServerHandle, StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';

// A data: URL of a large scan comes as one line; the transport's own 10 MiB would close the connection on it.
const maxMessageBytes = 96 * 1024 * 1024;

export interface ServeMcpStdioOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly onError: (error: Error) => void;
}

/** Serves MCP of both eras over a pair of streams until the input ends. */
export function serveMcpStdio(factory: McpServerFactory, { input, output, onError }: ServeMcpStdioOptions): StdioServerHandle {
  const transport = new StdioServerTransport(input, output, { maxBufferSize: maxMessageBytes });
  return serveStdio(factory, { transport, onerror: onError });
}
