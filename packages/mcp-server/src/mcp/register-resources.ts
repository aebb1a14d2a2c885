import { completable, type McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { listFiles } from '../files/list-files.ts';
import type { ToolContext } from './tool-context.ts';

const modelUri = 'h2ovl://model';

/** `h2ovl://model`: which model answers and how busy it is. */
export function registerResources(server: McpServer, tools: ToolContext): void {
  server.registerResource(
    'model',
    modelUri,
    {
      title: 'Model and line',
      description:
        'Which model answers, its status (idle until the first question, loading, ready, failed), how many requests run and wait, and how many folders may be read.',
      mimeType: 'application/json',
      cacheHint: { ttlMs: 0, cacheScope: 'private' },
    },
    () => {
      const state = {
        model: tools.runner.modelId,
        status: tools.runner.modelState,
        queue: tools.runner.queueState,
        allowed_folders: tools.roots.folders.length,
      };
      return { contents: [{ uri: modelUri, mimeType: 'application/json', text: JSON.stringify(state) }] };
    },
  );
}

/** Ready-made ways in, for people who pick from a menu. */
export function registerPrompts(server: McpServer, tools: ToolContext): void {
  const source = completable(z.string().min(1).describe('Path of the document, as list_documents shows it.'), (typed) =>
    completeSource(tools, typed),
  );
  server.registerPrompt(
    'read_document',
    { title: 'Read a document', description: 'Transcribe one document and summarise it.', argsSchema: z.object({ source }) },
    (args) => userMessage(`Read ${JSON.stringify(args.source)} with read_document, give its text, then say in two sentences what it is.`),
  );
  server.registerPrompt(
    'extract_invoice',
    {
      title: 'Extract an invoice',
      description: 'Company, date and total of a receipt or invoice as JSON.',
      argsSchema: z.object({ source }),
    },
    (args) =>
      userMessage(
        `Call extract_json on ${JSON.stringify(args.source)} with the string fields company, date and total, all required. ` +
          'Then check each value against read_document and say which ones the text confirms.',
      ),
  );
}

async function completeSource(tools: ToolContext, typed: string): Promise<string[]> {
  if (tools.roots.folders.length === 0) return [];
  const { files } = await listFiles(tools.roots, { pattern: typed.replaceAll(/[*?]/g, ''), pageSize: 100 });
  return files.map((file) => file.source);
}

function userMessage(text: string): { messages: { role: 'user'; content: { type: 'text'; text: string } }[] } {
  return { messages: [{ role: 'user', content: { type: 'text', text } }] };
}
