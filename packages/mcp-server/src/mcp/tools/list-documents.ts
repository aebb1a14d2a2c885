import { basename } from 'node:path';
import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { cleanText } from '../../clean-text.ts';
import { listFiles } from '../../files/list-files.ts';
import { showPath } from '../../files/path-text.ts';
import { quoteName } from '../fence-document.ts';
import type { ToolContext } from '../tool-context.ts';
import { asToolResult } from '../tool-result.ts';
import { readOnlyHints, toolArguments, toolResult } from '../tool-schemas.ts';

const inputSchema = toolArguments({
  folder: z.string().optional().describe('Only below this folder. Default: all allowed folders.'),
  pattern: z.string().max(200).optional().describe('Only paths that contain this text; * and ? are wildcards, as in "*.png".'),
  cursor: z.string().optional().describe('next_cursor of the previous page.'),
});

const outputSchema = toolResult({
  documents: z.array(
    z.object({
      name: z.string(),
      handle: z.string(),
      source: z.string().describe('Hand this to the other tools.'),
      media_type: z.string(),
      bytes: z.number(),
      modified: z.string(),
    }),
  ),
  total: z.number(),
  incomplete: z.boolean().describe('It stopped at 20,000 entries, 12 levels or 30 s: name a folder.'),
  unreadable: z.array(z.string()).optional().describe('What cannot be read now: moved, removed or locked.'),
  next_cursor: z.string().optional(),
});

/** Most names of what cannot be read that one answer has. */
const maxUnreadable = 20;

/** `list_documents`: what there is to read. */
export function registerListDocuments(server: McpServer, tools: ToolContext): void {
  server.registerTool(
    'list_documents',
    {
      title: 'List documents',
      description:
        'Lists the documents below the folders this server may read (pdf, png, jpeg, webp, gif, tiff, avif, bmp, heic), 100 a page, sorted by path; hidden folders (.name) are left out. ' +
        'Call it first when you do not know the exact path; it is fast and needs no model.',
      inputSchema,
      outputSchema,
      annotations: { title: 'List documents', ...readOnlyHints },
    },
    (args, ctx) => asToolResult(tools.log, ctx.mcpReq.signal, () => listDocuments(args, tools, ctx.mcpReq.signal)),
  );
}

async function listDocuments(args: z.infer<typeof inputSchema>, tools: ToolContext, signal: AbortSignal): Promise<CallToolResult> {
  const listing = await listFiles(tools.roots, {
    ...(args.folder === undefined ? {} : { folder: args.folder }),
    ...(args.pattern === undefined ? {} : { pattern: args.pattern }),
    ...(args.cursor === undefined ? {} : { cursor: args.cursor }),
    signal,
  });
  const documents = listing.files.map((file) => ({
    name: file.name,
    handle: file.handle,
    source: file.source,
    media_type: file.mediaType,
    bytes: file.bytes,
    modified: file.modified,
  }));
  const all = [...listing.unreadable.map((folder) => cleanText(showPath(basename(folder))).text), ...listing.denied];
  const unreadable = all.length <= maxUnreadable ? all : [...all.slice(0, maxUnreadable), `and ${all.length - maxUnreadable} more`];
  const structuredContent = {
    documents,
    total: listing.total,
    incomplete: listing.isIncomplete,
    ...(unreadable.length === 0 ? {} : { unreadable }),
    ...(listing.nextCursor === undefined ? {} : { next_cursor: listing.nextCursor }),
  };
  const lines = documents.map(
    (file) =>
      `- ${JSON.stringify(file.name)}: ${file.media_type}, ${file.bytes} bytes, ${file.modified}${file.source === file.name ? '' : `, source ${file.handle}`}`,
  );
  const ends = [
    `${documents.length} of ${listing.total} documents${listing.isIncomplete ? ' (the search stopped at its limit; name a folder)' : ''}.`,
    ...unreadable.map((name) => `${quoteName(name)} cannot be read: moved, removed or locked.`),
    ...(listing.nextCursor === undefined ? [] : [`Next page: list_documents with cursor ${JSON.stringify(listing.nextCursor)}.`]),
  ];
  return { content: [{ type: 'text', text: [...lines, ...ends].join('\n') }], structuredContent };
}
