import { setTimeout as sleep } from 'node:timers/promises';
import { fromJsonSchema, type McpServer, type ServerNotifier } from '@modelcontextprotocol/server';
import { z } from 'zod';

// One red pixel, and a WAV header without samples.
const pixelPng = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
const emptyWav = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';
const image = { type: 'image', data: pixelPng, mimeType: 'image/png' } as const;
const done = { content: [{ type: 'text', text: 'done' }] } as const satisfies { content: readonly unknown[] };

function say(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text }] };
}

/** Tools that answer with each kind of content, report progress, log, fail, and change lists. */
export function registerContentFixtures(server: McpServer, notifier: () => ServerNotifier | undefined): void {
  const embedded = { type: 'resource', resource: { uri: 'test://embedded-resource', mimeType: 'text/plain', text: 'embedded' } } as const;
  server.registerTool('test_simple_text', { description: 'Answers with text.' }, () => say('This is a simple text response for testing.'));
  server.registerTool('test_image_content', { description: 'Answers with an image.' }, () => ({ content: [image] }));
  server.registerTool('test_audio_content', { description: 'Answers with audio.' }, () => ({
    content: [{ type: 'audio', data: emptyWav, mimeType: 'audio/wav' }],
  }));
  server.registerTool('test_embedded_resource', { description: 'Answers with a resource.' }, () => ({ content: [embedded] }));
  server.registerTool('test_multiple_content_types', { description: 'Answers with three kinds of content.' }, () => ({
    content: [{ type: 'text', text: 'Multiple content types:' }, image, embedded],
  }));
  server.registerTool('test_error_handling', { description: 'Fails.' }, () => ({ isError: true, ...say('This tool fails on purpose.') }));
  registerNotifyingTools(server, notifier);
  registerSchemaTools(server);
}

function registerNotifyingTools(server: McpServer, notifier: () => ServerNotifier | undefined): void {
  server.registerTool('test_tool_with_progress', { description: 'Reports progress.' }, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined)
        await ctx.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
      await sleep(50);
    }
    return say('done');
  });
  const logThrice = (names: readonly string[]): void => {
    for (const name of names) {
      server.registerTool(name, { description: 'Logs three messages.' }, async (ctx) => {
        for (const text of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
          await ctx.mcpReq.log('info', text);
          await sleep(50);
        }
        return say('done');
      });
    }
  };
  logThrice(['test_tool_with_logging', 'test_logging_tool']);
  server.registerTool('test_trigger_tool_change', { description: 'Says that the tools changed.' }, () => {
    notifier()?.toolsChanged();
    return { content: [...done.content] };
  });
  server.registerTool('test_trigger_prompt_change', { description: 'Says that the prompts changed.' }, () => {
    notifier()?.promptsChanged();
    return { content: [...done.content] };
  });
}

function registerSchemaTools(server: McpServer): void {
  const region = z.string().describe('Echoed from a header.').meta({ 'x-mcp-header': 'Region' });
  server.registerTool(
    'test_x_mcp_header',
    { description: 'Takes a parameter that is mirrored in a header.', inputSchema: z.object({ region }) },
    (args) => say(args.region),
  );
  const inputSchema = fromJsonSchema<Record<string, unknown>>({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: { address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  });
  server.registerTool('json_schema_2020_12_tool', { description: 'Keeps its schema as written.', inputSchema }, () => say('ok'));
}
