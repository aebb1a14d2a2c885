const version = '2026-07-28';

/** Sends one raw 2026-07-28 request and returns the JSON-RPC answer, taken from JSON or from an event stream. */
export function createMcpCall(
  url: string,
): (message: { method: string; params?: Record<string, unknown>; id: number; jsonrpc: string }) => Promise<unknown> {
  return async (message) => {
    const params = {
      ...message.params,
      _meta: {
        'io.modelcontextprotocol/protocolVersion': version,
        'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    };
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      'mcp-method': message.method,
    };
    if (typeof message.params?.name === 'string') headers['mcp-name'] = message.params.name;
    const response = await fetch(`${url}/mcp`, { method: 'POST', headers, body: JSON.stringify({ ...message, params }) });
    const text = await response.text();
    const data = text.split('\n').filter((line) => line.startsWith('data: {'));
    return JSON.parse(data.length === 0 ? text : (data.at(-1) ?? '').slice(6));
  };
}
