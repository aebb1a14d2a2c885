import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as StdioClientTransportV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as StreamableHTTPClientTransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';

/** The clients nobody here wrote: SDK v2 in both eras, SDK v1. */
export const clientKinds = ['v2 2026-07-28', 'v2 2025-11-25', 'v1'] as const;
export type ClientKind = (typeof clientKinds)[number];

/** Where the server is: an address, or a command to start. */
export type ServerAddress =
  | { readonly url: string }
  | {
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Record<string, string>;
      readonly onStderr: (text: string) => void;
    };

export interface ToolAnswer {
  readonly isError: boolean;
  readonly text: string;
  readonly structured: Record<string, unknown>;
}

export interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

/** What the tests ask of any client. */
export interface TestClient {
  readonly kind: ClientKind;
  readonly raw: Client | ClientV1;
  listTools(): Promise<{ name: string; [key: string]: unknown }[]>;
  call(
    name: string,
    args: Record<string, unknown>,
    options?: { signal?: AbortSignal; onProgress?: (progress: Progress) => void },
  ): Promise<ToolAnswer>;
  close(): Promise<void>;
}

/** Connects a client of `kind`. */
export async function connectClient(kind: ClientKind, address: ServerAddress): Promise<TestClient> {
  return kind === 'v1' ? connectV1(address) : connectV2(kind, address);
}

async function connectV2(kind: ClientKind, address: ServerAddress): Promise<TestClient> {
  const mode = kind === 'v2 2026-07-28' ? { pin: '2026-07-28' } : ('legacy' as const);
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  if ('url' in address) await client.connect(new StreamableHTTPClientTransport(new URL(`${address.url}/mcp`)));
  else {
    const transport = new StdioClientTransport({ command: address.command, args: [...address.args], env: address.env, stderr: 'pipe' });
    transport.stderr?.on('data', (chunk: Buffer) => address.onStderr(chunk.toString()));
    await client.connect(transport);
  }
  return {
    kind,
    raw: client,
    listTools: async () => (await client.listTools()).tools as unknown as { name: string }[],
    call: async (name, args, { signal, onProgress } = {}) => {
      const result = await client.callTool(
        { name, arguments: args },
        { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onprogress: onProgress }) },
      );
      return toAnswer(result);
    },
    close: () => client.close(),
  };
}

async function connectV1(address: ServerAddress): Promise<TestClient> {
  const client = new ClientV1({ name: 'test', version: '1' });
  if ('url' in address) {
    // v1's types were not written for exactOptionalPropertyTypes.
    await client.connect(
      new StreamableHTTPClientTransportV1(new URL(`${address.url}/mcp`)) as unknown as Parameters<ClientV1['connect']>[0],
    );
  } else {
    const transport = new StdioClientTransportV1({ command: address.command, args: [...address.args], env: address.env, stderr: 'pipe' });
    transport.stderr?.on('data', (chunk: Buffer) => address.onStderr(chunk.toString()));
    await client.connect(transport);
  }
  return {
    kind: 'v1',
    raw: client,
    listTools: async () => (await client.listTools()).tools as unknown as { name: string }[],
    call: async (name, args, { signal, onProgress } = {}) => {
      const options = { ...(signal === undefined ? {} : { signal }), ...(onProgress === undefined ? {} : { onprogress: onProgress }) };
      return toAnswer(await client.callTool({ name, arguments: args }, CallToolResultSchema, options));
    },
    close: () => client.close(),
  };
}

function toAnswer(result: unknown): ToolAnswer {
  const { content, structuredContent, isError } = result as {
    content: { type: string; text?: string }[];
    structuredContent?: unknown;
    isError?: boolean;
  };
  const text = content.map((part) => part.text ?? '').join('\n');
  return { isError: isError === true, text, structured: (structuredContent ?? {}) as Record<string, unknown> };
}
