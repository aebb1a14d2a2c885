import { endVerdict, operations, type PageReading, type ReadMode, type RotateChoice, type TileChoice, VisionError } from '@h2ovl/contract';
import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import { cleanText } from '../clean-text.ts';
import type { DocumentBytes } from '../files/read-document.ts';
import { documentModel } from './document-model.ts';
import { fenceDocument, type TextReader } from './fence-document.ts';
import { createProgressReporter } from './report-progress.ts';
import { tellPicture } from './tell-picture.ts';
import { collectFacts, describeFacts, secondsSince, type ToolContext, tellVerdict } from './tool-context.ts';
import { tellAgent, tellFailure } from './tool-result.ts';
import { noticeText } from './tool-schemas.ts';

export interface ReadPagesOptions {
  readonly document: DocumentBytes;
  readonly pages: string | undefined;
  readonly mode: ReadMode | undefined;
  readonly password: string | undefined;
  /** First character of the first page. */
  readonly offset: number;
  /** Characters of the whole answer. */
  readonly maxChars: number;
  /** Tokens of one page; undefined: as the operation has them. A mode without a model takes none. */
  readonly maxTokens: number | undefined;
  readonly tiles: TileChoice | undefined;
  readonly rotate: RotateChoice | undefined;
}

/** Seconds after which an answer with at least one page is given, with the call for the rest: hosts give up after 60. */
const patienceSeconds = 40;

export interface PageSlice {
  readonly reading: PageReading;
  /** The part of the page's text that is in the answer. */
  readonly text: string;
  readonly totalChars: number;
  /** Where the rest of this page begins; undefined when it is whole. */
  readonly restAt: number | undefined;
}

/**
 * Reads pages until the answer is full, has taken long enough, or cannot go on.
 * @throws what keeps the first page from being read
 */
export async function readSlices(tools: ToolContext, ctx: ServerContext, options: ReadPagesOptions): Promise<ReadSlices> {
  const { document, maxChars } = options;
  const started = performance.now();
  const { openDocument, listPages, readDocument } = await import('@h2ovl/core');
  const { signal } = ctx.mcpReq;
  const { maxDecoders } = tools;
  const opened = await openDocument(document.bytes, { name: document.name, password: options.password, maxDecoders, signal });
  await using _ = opened;
  const numbers = listPages(options.pages, opened.pageCount);
  const reporter = createProgressReporter(ctx);
  const model = documentModel(tools.runner, signal, reporter.onEvent);
  const slices: PageSlice[] = [];
  let stopped: VisionError | undefined;
  let removed = 0;
  let left = maxChars;
  try {
    const readings = readDocument(opened, {
      pages: numbers,
      mode: options.mode ?? 'auto',
      model,
      ...(options.maxTokens !== undefined && { maxOutputTokens: options.maxTokens }),
      signal,
      rotate: options.rotate,
      ...(options.tiles !== undefined && { tiles: options.tiles }),
    });
    for await (const reading of readings) {
      const cleaned = cleanText(reading.text);
      removed += cleaned.removed;
      const slice = cut(reading, cleaned.text, slices.length === 0 ? options.offset : 0, left);
      slices.push(slice);
      left -= slice.text.length;
      if (slice.restAt !== undefined || left < smallestPart || secondsSince(started) > patienceSeconds) break;
    }
  } catch (error) {
    // The pages that were read are not lost with the one that could not be: the model is busy, or gone.
    if (slices.length === 0 || signal.aborted || !VisionError.isInstance(error)) throw error;
    stopped = error;
  } finally {
    model.leave();
    reporter.stop();
  }
  return { numbers, slices, stopped, pageCount: opened.pageCount, removed, seconds: secondsSince(started) };
}

/** With less room than this, the next page waits for the next call. */
const smallestPart = 200;

function cut(reading: PageReading, text: string, offset: number, room: number): PageSlice {
  const part = text.slice(offset, offset + room);
  const end = offset + part.length;
  return { reading, text: part, totalChars: text.length, restAt: end < text.length ? end : undefined };
}

/** What was read in one call. */
export interface ReadSlices {
  readonly numbers: readonly number[];
  readonly slices: readonly PageSlice[];
  /** Why the page after the last slice was not read. */
  readonly stopped: VisionError | undefined;
  readonly pageCount: number;
  readonly removed: number;
  readonly seconds: number;
}

/** The pages as a result; what is missing is named by the call that brings it. */
export function writePages(
  tools: ToolContext,
  options: ReadPagesOptions,
  { numbers, slices, stopped, pageCount, removed, seconds }: ReadSlices,
): CallToolResult {
  const { document } = options;
  const text = slices.map(({ reading, text: part }) => `[page ${reading.page} of ${pageCount}]\n${part}`).join('\n\n');
  const restAt = slices.at(-1)?.restAt;
  const remaining = numbers.slice(restAt === undefined ? slices.length : slices.length - 1);
  const next = remaining.length === 0 ? undefined : describeNext(options, remaining, restAt);
  const work = slices.findLast(({ reading }) => reading.work !== undefined)?.reading.work;
  const cutPages = slices.filter(({ reading }) => reading.work?.finishReason === 'length').map(({ reading }) => reading.page);
  const warnings = cutPages.map(
    (page) =>
      `Page ${page} was cut at ${options.maxTokens ?? operations.read.maxOutputTokens} tokens: call read_document with pages "${page}" and a larger max_tokens.`,
  );
  const unread = stopped === undefined ? [] : [`Page ${remaining[0]} was not read. ${tellFailure(stopped)}`];
  const finishReason = cutPages.length > 0 ? 'length' : 'stop';
  const result = { verdict: endVerdict(finishReason), finishReason, warnings: [...warnings, ...unread], work };
  const facts = collectFacts(tools, document, { result, seconds }, removed);
  const pages = slices.map(describeSlice);
  const structuredContent = {
    notice: noticeText,
    document_text: text,
    total_chars: slices.reduce((sum, { totalChars }) => sum + totalChars, 0),
    truncated: next !== undefined,
    ...(restAt !== undefined && { next_offset: restAt }),
    ...(next !== undefined && { next }),
    page_count: pageCount,
    pages,
    ...facts,
  };
  const lines = pages.map(({ page, source, reason, chars, picture, warnings: own, error }) =>
    [
      `Page ${page}: ${error ?? `${chars} characters, by the ${readers[source ?? 'model']} (${reason})${picture === undefined ? '' : `, shown as ${picture}`}.`}`,
      ...own.map((warning) => `  Warning: ${warning}`),
    ].join('\n'),
  );
  const fenced = fenceDocument(text, document.name, readersOf(slices));
  const body = [fenced, '', ...lines, describeFacts(facts), ...(next === undefined ? [] : [next])].join('\n');
  return { content: [{ type: 'text', text: body }], structuredContent };
}

/** Who read what is in the answer. */
export function readersOf(slices: readonly PageSlice[]): readonly TextReader[] {
  return slices.flatMap(({ reading }) => (reading.source === undefined ? [] : [reading.source]));
}

function describeSlice({ reading, totalChars }: PageSlice): {
  readonly page: number;
  readonly source?: TextReader;
  readonly reason?: string;
  readonly chars: number;
  readonly verdict: string;
  readonly support?: number;
  readonly picture?: string;
  readonly warnings: readonly string[];
  readonly error?: string;
} {
  const { page, source, reason, verdict, support, warnings, error } = reading;
  const picture = tellPicture(reading.picture);
  return {
    page,
    ...(source !== undefined && { source }),
    ...(reason !== undefined && { reason }),
    chars: totalChars,
    verdict: verdict.kind,
    ...(support?.share !== undefined && { support: support.share }),
    ...(picture !== undefined && { picture }),
    warnings: [...warnings, ...tellVerdict(verdict)].map(tellAgent),
    ...(error && { error: tellFailure(error) }),
  };
}

const readers = { model: 'model', text: 'text layer', lines: 'line reader' } as const;

function describeNext({ mode, password }: ReadPagesOptions, remaining: readonly number[], restAt: number | undefined): string {
  const more = restAt === undefined ? '' : ` and offset ${restAt}`;
  const how = mode === undefined ? '' : ` and mode "${mode}"`;
  const same = password === undefined ? 'the same source' : 'the same source and password';
  return `More follows: call read_document again with ${same}, pages "${writeRange(remaining)}"${how}${more}.`;
}

/** `[4,5,6,9]` as `4-6,9`. */
export function writeRange(pages: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const page of pages) {
    const last = spans.at(-1);
    if (last !== undefined && page === last[1] + 1) last[1] = page;
    else spans.push([page, page]);
  }
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}
