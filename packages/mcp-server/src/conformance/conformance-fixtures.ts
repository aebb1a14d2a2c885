import { randomBytes } from 'node:crypto';
import { createRequestStateCodec, type McpServer, type ServerNotifier } from '@modelcontextprotocol/server';
import type { McpExtras } from '../mcp/create-mcp-server.ts';
import { registerContentFixtures } from './content-fixtures.ts';
import { registerInputFixtures } from './input-fixtures.ts';
import { registerResourceFixtures } from './resource-fixtures.ts';

/**
 * The names the official conformance suite looks for, on top of the real tools and through the same factory, transports, guards and limits.
 * Diagnostics only: the command line allows them on loopback alone.
 */
export function createConformanceFixtures(): McpExtras {
  const codec = createRequestStateCodec({ key: randomBytes(32) });
  let notifier: ServerNotifier | undefined;
  return {
    options: {
      capabilities: {
        logging: {},
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        completions: {},
      },
      requestState: { verify: codec.verify },
    },
    register: (server: McpServer) => {
      registerContentFixtures(server, () => notifier);
      registerInputFixtures(server, codec);
      registerResourceFixtures(server);
    },
    bind: (changes) => {
      notifier = changes;
    },
  };
}
