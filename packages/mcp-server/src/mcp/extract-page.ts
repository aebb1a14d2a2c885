import { OutputInvalidError, type PageObject, type TileChoice, VisionError, type VisionErrorCode } from '@h2ovl/contract';
import type { ServerContext } from '@modelcontextprotocol/server';
import type { DocumentBytes } from '../files/read-document.ts';
import { documentModel } from './document-model.ts';
import { pageMeant } from './page-image.ts';
import { createProgressReporter } from './report-progress.ts';
import type { ToolContext } from './tool-context.ts';

export interface ExtractPageOptions {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly page: number | undefined;
  readonly password: string | undefined;
  readonly instruction: string | undefined;
  readonly enforcement: 'decoding' | 'after' | undefined;
  readonly maxOutputTokens: number;
  readonly tiles: TileChoice | undefined;
  readonly evidence: boolean;
}

/**
 * The object of one page, held against the lines of the page and the checks of its schema.
 * @throws OutputInvalidError where the answer does not fit; VisionError of the document, the page and the model
 */
export async function extractPage(
  tools: ToolContext,
  ctx: ServerContext,
  document: DocumentBytes,
  { page, password, schema, instruction, enforcement, maxOutputTokens, tiles, evidence }: ExtractPageOptions,
): Promise<PageObject> {
  const { openDocument, extractDocument } = await import('@h2ovl/core');
  const { signal } = ctx.mcpReq;
  const output = await tools.makeOutputSchema(schema);
  const opened = await openDocument(document.bytes, { name: document.name, password, maxDecoders: tools.maxDecoders, signal });
  await using _ = opened;
  const number = pageMeant(page, document.name, opened.pageCount);
  const reporter = createProgressReporter(ctx);
  const model = documentModel(tools.runner, signal, reporter.onEvent);
  try {
    const options = { model, schema: output, pages: [number], instruction, enforcement, maxOutputTokens, evidence, signal };
    for await (const result of extractDocument(opened, { ...options, ...(tiles !== undefined && { tiles }) })) {
      if (result.error !== undefined) throw asError(result.error);
      return result;
    }
    throw new Error('A page came to no result.');
  } finally {
    model.leave();
    reporter.stop();
  }
}

function asError({ code, message, hint, output }: NonNullable<PageObject['error']>): VisionError {
  return output === undefined ? new VisionError(code as VisionErrorCode, message, { hint }) : new OutputInvalidError(message, output);
}
