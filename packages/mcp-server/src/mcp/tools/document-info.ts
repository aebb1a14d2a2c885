import { type PageLines, VisionError } from '@h2ovl/contract';
import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { cleanText } from '../../clean-text.ts';
import type { DocumentBytes } from '../../files/read-document.ts';
import { quoteName } from '../fence-document.ts';
import { writeRange } from '../read-pages.ts';
import { secondsSince, type ToolContext, withDocument } from '../tool-context.ts';
import { asToolResult, tellAgent, tellFailure } from '../tool-result.ts';
import { pagesAsked, passwordArgument, readOnlyHints, sourceArgument, toolArguments, toolResult } from '../tool-schemas.ts';

/** Pages whose text layer is looked at in one call: a tenth of a second each. */
const maxListedPages = 20;
/** Seconds after which no further page is looked at: clients give up after 60. */
const patienceSeconds = 20;
/** Pages whose lines are read without being asked for: some seconds each, and clients do not wait for ever. */
const maxReadPages = 1;

const inputSchema = toolArguments({
  source: sourceArgument,
  pages: z.string().max(1000).optional().describe('As in "1-3,7,-1". Default the first 20.'),
  password: passwordArgument,
  lines: z.boolean().optional().describe('Find lines and which way up a page is, seconds a page. Default: for a single page.'),
});

const outputSchema = toolResult({
  document: z.string(),
  handle: z.string().optional(),
  sha256: z.string(),
  format: z.string(),
  bytes: z.number(),
  page_count: z.number(),
  pages: z.array(
    z.object({
      page: z.number(),
      width: z.number().optional().describe('Pixels.'),
      height: z.number().optional(),
      text_layer: z.enum(['healthy', 'broken', 'missing', 'none']).optional(),
      reason: z.string().optional(),
      chars: z.number().optional(),
      lines: z.number().optional().describe('Seen on the page.'),
      rotation: z.number().optional().describe('Degrees clockwise that set the page upright.'),
      rotation_margin: z.number().optional().describe('0: a guess, 1: sure.'),
      smallest_line: z.number().optional().describe('Height in pixels; letters are about 0.6 of it.'),
      error: z.string().optional(),
    }),
  ),
  not_listed: z.number().describe('Pages left out: name them with `pages`.'),
  warnings: z.array(z.string()),
});

/** `document_info`: what a document is, without a model. */
export function registerDocumentInfo(server: McpServer, tools: ToolContext): void {
  server.registerTool(
    'document_info',
    {
      title: 'Describe a document',
      description:
        'Format, number of pages, size of each page, and whether a PDF page carries text that can be trusted, and how many lines are seen. Needs no model. ' +
        'Call it before reading a long document.',
      inputSchema,
      outputSchema,
      annotations: { title: 'Describe a document', ...readOnlyHints },
    },
    (args, ctx) =>
      asToolResult(tools.log, ctx.mcpReq.signal, () =>
        withDocument(tools, ctx, args.source, (file) => describeDocument(args, file, tools.maxDecoders, ctx.mcpReq.signal)),
      ),
  );
}

async function describeDocument(
  { pages, password, lines }: z.infer<typeof inputSchema>,
  file: DocumentBytes,
  maxDecoders: number | undefined,
  signal: AbortSignal,
): Promise<CallToolResult> {
  const started = performance.now();
  const core = await import('@h2ovl/core');
  const document = await core.openDocument(file.bytes, { name: file.name, password, maxDecoders, signal });
  await using _ = document;
  const wanted = core.listPages(pagesAsked(pages), document.pageCount);
  const listed: z.infer<typeof outputSchema>['pages'] = [];
  const isRead = lines ?? wanted.length <= maxReadPages;
  for (const number of wanted.slice(0, maxListedPages)) {
    if (listed.length > 0 && secondsSince(started) > patienceSeconds) break;
    try {
      const page = await document.page(number, signal);
      const layer = await page.textLayer(signal);
      listed.push({
        page: number,
        ...page.size,
        text_layer: layer?.health ?? 'none',
        ...(layer?.reason !== undefined && { reason: layer.reason }),
        ...(layer !== undefined && { chars: layer.text.length }),
        ...(isRead && (await lookForLines(() => core.readLines(page, { signal }), signal))),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!VisionError.isInstance(error)) throw error;
      listed.push({ page: number, error: tellFailure(error) });
    }
  }
  const structuredContent = {
    document: cleanText(document.name).text,
    ...(file.handle === undefined ? {} : { handle: file.handle }),
    sha256: document.sha256,
    format: document.format,
    bytes: document.byteCount,
    page_count: document.pageCount,
    pages: listed,
    not_listed: wanted.length - listed.length,
    warnings: document.warnings.map(tellAgent),
  };
  const described = listed.map(describePage);
  const head = `${quoteName(document.name)}: ${document.format}, ${document.byteCount} bytes, ${document.pageCount} ${document.pageCount === 1 ? 'page' : 'pages'}, SHA-256 ${document.sha256}.`;
  const more =
    structuredContent.not_listed > 0
      ? [
          `${structuredContent.not_listed} pages are not described here: call document_info with pages "${writeRange(wanted.slice(listed.length))}".`,
        ]
      : [];
  const warnings = structuredContent.warnings.map((warning) => `Warning: ${warning}`);
  return { content: [{ type: 'text', text: [head, ...described, ...more, ...warnings].join('\n') }], structuredContent };
}

/** That the lines cannot be read takes nothing from what is known of the page otherwise. */
async function lookForLines(
  read: () => Promise<PageLines>,
  signal: AbortSignal,
): Promise<ReturnType<typeof describeLines> | { readonly error: string }> {
  try {
    return describeLines(await read());
  } catch (error) {
    signal.throwIfAborted();
    if (!VisionError.isInstance(error)) throw error;
    return { error: tellFailure(error) };
  }
}

function describeLines({ lines, rotation, rotationMargin }: PageLines): {
  readonly lines: number;
  readonly rotation: number;
  readonly rotation_margin: number;
  readonly smallest_line?: number;
} {
  const heights = lines.map(({ height }) => height);
  const rotation_margin = Math.round(rotationMargin * 100) / 100;
  return { lines: lines.length, rotation, rotation_margin, ...(heights.length > 0 && { smallest_line: Math.round(Math.min(...heights)) }) };
}

function describePage(page: z.infer<typeof outputSchema>['pages'][number]): string {
  const { page: number, width, height, text_layer, reason, chars, lines, rotation, rotation_margin, smallest_line, error } = page;
  if (text_layer === undefined) return `Page ${number}: ${error}`;
  const layer = `text layer ${text_layer}${chars === undefined ? '' : ` (${chars} characters)`}${reason === undefined ? '' : `: ${reason}`}`;
  const smallest = smallest_line === undefined ? '' : `, the smallest ${smallest_line} pixels high`;
  const turn =
    rotation === undefined || rotation === 0
      ? ''
      : `; turned by ${rotation} degrees clockwise it stands upright, with a margin of ${rotation_margin} (0 is a guess, 1 is sure)`;
  const seen = lines === undefined ? '' : ` ${lines === 1 ? '1 line is' : `${lines} lines are`} seen${smallest}${turn}.`;
  const unseen = error === undefined ? '' : ` Its lines were not read: ${error}`;
  return `Page ${number}: ${width} x ${height} pixels, ${layer}.${seen}${unseen}`;
}
