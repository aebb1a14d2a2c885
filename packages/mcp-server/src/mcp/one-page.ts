import { type PageResult, VisionError, type VisionErrorCode } from '@h2ovl/contract';
import type { OpenDocument, PageModel } from '@h2ovl/core';
import type { ServerContext } from '@modelcontextprotocol/server';
import type { DocumentBytes } from '../files/read-document.ts';
import { documentModel } from './document-model.ts';
import { createProgressReporter } from './report-progress.ts';
import { secondsSince, type ToolContext, withDocument } from './tool-context.ts';

/** Which page of which document. */
export interface PagePlace {
  readonly source: string;
  readonly page?: number | undefined;
  readonly password?: string | undefined;
}

/** What an operation of the library is given for one page. */
export interface PageWork {
  readonly document: OpenDocument;
  readonly common: { readonly model: PageModel; readonly pages: readonly [number]; readonly signal: AbortSignal };
}

/** What came of a page. */
export interface DonePage<Result extends PageResult> {
  readonly document: DocumentBytes;
  readonly result: Result;
  /** Wall time in seconds, the wait in the queue included. */
  readonly seconds: number;
}

/**
 * Does one operation of the library on one page, as HTTP does it. The call takes its place in the queue before a byte of the document is read, and the document
 * is opened in the call's turn.
 * @throws QUEUE_FULL; VisionError of the document, the page and the model. An answer that does not fit is no failure: it is the result's `error`
 */
export async function doOnePage<Result extends PageResult>(
  tools: ToolContext,
  ctx: ServerContext,
  { source, page, password }: PagePlace,
  operation: (work: PageWork) => AsyncIterable<Result> | Promise<AsyncIterable<Result>>,
): Promise<DonePage<Result>> {
  const started = performance.now();
  const { signal } = ctx.mcpReq;
  const reporter = createProgressReporter(ctx);
  const model = documentModel(tools.runner, signal, reporter.onEvent);
  try {
    model.reserve();
    return await withDocument(tools, ctx, source, async (document) => {
      await model.begin();
      const { openDocument } = await import('@h2ovl/core');
      const opened = await openDocument(document.bytes, { name: document.name, password, maxDecoders: tools.maxDecoders, signal });
      await using _ = opened;
      const number = pageMeant(page, document.name, opened.pageCount);
      for await (const result of await operation({ document: opened, common: { model, pages: [number], signal } })) {
        const { error } = result;
        if (error !== undefined && error.code !== 'OUTPUT_INVALID')
          throw new VisionError(error.code as VisionErrorCode, error.message, { hint: error.hint });
        return { document, result, seconds: secondsSince(started) };
      }
      throw new Error('A page came to no result.');
    });
  } finally {
    model.leave();
    reporter.stop();
  }
}

/** The page that is asked about. @throws VisionError INVALID_ARGUMENT where there are several and none is named: that is for the caller to say */
function pageMeant(page: number | undefined, name: string, count: number): number {
  if (page !== undefined || count === 1) return page ?? 1;
  throw new VisionError('INVALID_ARGUMENT', `${name} has ${count} pages.`, {
    hint: 'Name one with `page`; read_document finds the right one.',
    param: 'page',
  });
}
