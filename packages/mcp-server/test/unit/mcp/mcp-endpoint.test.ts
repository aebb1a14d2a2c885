import { McpServer } from '@modelcontextprotocol/server';
import { expect, test } from 'vitest';
import { BodyBudget } from '../../../src/bodies/read-body.ts';
import { createMcpEndpoint } from '../../../src/mcp/create-mcp-endpoint.ts';

test('a request that finds the memory for bodies full is told when to come back as it was measured, not by a number of ours', async () => {
  const bodies = new BodyBudget(100);
  const share = bodies.open();
  share.hold(90);
  await new Promise((resolve) => setTimeout(resolve, 2100)); // so long has the request taken that is under way, and is taken to be half done
  const endpoint = createMcpEndpoint({
    createServer: () => new McpServer({ name: 'test', version: '1' }),
    maxBodyBytes: 1000,
    bodies,
    onError: () => {},
  });
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const refused = await endpoint.fetch(new Request('http://localhost/mcp', { method: 'POST', headers, body }));
  expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(3);
  share.release();
  await endpoint.close();
});
