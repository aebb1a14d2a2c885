import type { DocumentFacts, DocumentFormat, ModelWork, PageError, ReadingComparison } from '../../document.ts';
import type { ProgressEvent } from '../../events.ts';
import type { LoadProgress } from '../../load-progress.ts';
import type { ImageFacts, Usage, Warning } from '../../result.ts';
import { readCertainty } from '../certainty.ts';
import { readError } from '../errors.ts';
import { noTimings, noUsage, readFlags, readProgress, readReason, readTimings, readWarnings } from '../generation.ts';
import { readSentences, toCount, toList, toRecord, toText } from '../read-values.ts';
import { readCheck, readEvidence, readSupport } from './evidence.ts';
import { readLines } from './lines.ts';
import { readPicture } from './pictures.ts';
import { readVerdict } from './verdicts.ts';
import type { AnyPageResult } from './write-answer.ts';

/** What is said at the end of an answer. */
export interface DocumentSummary {
  /** Pages with a result, those that failed included. */
  readonly pages: number;
  readonly failed: number;
  /** Of all pages together. */
  readonly usage: Usage;
  /** What of the request was not followed. */
  readonly warnings: readonly Warning[];
}

/** What names an answer, and the document it is about. */
export interface DocumentHead {
  readonly id: string;
  readonly model: string;
  readonly document: DocumentFacts;
}

/** A page's result as the wire carries it: without the document, which is said once. With it, it is the result that the library gives. */
export type PageContent = Omit<AnyPageResult, 'document'> & { readonly text: string };

/** One event of a stream, in the library's words. */
export type DocumentStreamEvent =
  | { readonly type: 'wait'; readonly ahead: number }
  | { readonly type: 'load'; readonly progress: LoadProgress }
  | ({ readonly type: 'document'; readonly pages: readonly number[] } & DocumentHead)
  | { readonly type: 'progress'; readonly page: number; readonly done: number; readonly total: number; readonly event?: ProgressEvent }
  | { readonly type: 'text'; readonly page: number; readonly delta: string }
  | { readonly type: 'page'; readonly result: PageContent }
  | { readonly type: 'done'; readonly summary: DocumentSummary }
  /** An event that this client does not know: to be passed over. */
  | { readonly type: 'unknown' };

/** The whole answer to a request without `stream`. */
export interface DocumentAnswer extends DocumentHead {
  readonly pages: readonly PageContent[];
  readonly summary: DocumentSummary;
}

/**
 * What one `data:` line of a stream says; undefined when it is neither an event nor one to come, as an error envelope: ask `readError` then, and not before,
 * since the event of a page that failed has an `error`, too.
 */
export function readDocumentEvent(value: unknown): DocumentStreamEvent | undefined {
  const event = toRecord(value);
  const type = toText(event?.type);
  if (event === undefined || type === undefined) return undefined;
  if (type === 'wait') return { type, ahead: toCount(event.ahead) };
  if (type === 'load') {
    const progress = readLoad(event);
    return progress === undefined ? { type: 'unknown' } : { type, progress };
  }
  if (type === 'document') {
    const head = readHead(event);
    return head && { type, ...head, pages: toList(event.pages).filter((page) => typeof page === 'number') };
  }
  if (type === 'progress') {
    const work = readProgress(event.work);
    const counts = { page: toCount(event.page), done: toCount(event.done), total: toCount(event.total) };
    return { type, ...counts, ...(work && { event: work }) };
  }
  if (type === 'text') return { type, page: toCount(event.page), delta: toText(event.delta) ?? '' };
  if (type === 'page') {
    const result = readPageContent(event);
    return result && { type, result };
  }
  return type === 'done' ? { type, summary: readSummary(event) } : { type: 'unknown' };
}

/** The whole answer; undefined when the body is something else. */
export function readDocumentAnswer(body: unknown): DocumentAnswer | undefined {
  const answer = toRecord(body);
  const head = readHead(answer);
  const pages = toList(answer?.pages).map(readPageContent);
  if (head === undefined || !Array.isArray(answer?.pages) || pages.includes(undefined)) return undefined;
  return { ...head, pages: pages.filter((page) => page !== undefined), summary: readSummary(toRecord(answer.summary) ?? {}) };
}

type Fields = Readonly<Record<string, unknown>>;

function readHead(answer: Fields | undefined): DocumentHead | undefined {
  const facts = toRecord(answer?.document);
  const [name, sha256, format] = [toText(facts?.name), toText(facts?.sha256), toText(facts?.format)];
  if (facts === undefined || name === undefined || sha256 === undefined || format === undefined) return undefined;
  const document: DocumentFacts = {
    name,
    format: format as DocumentFormat, // a server that is newer may know others; they are only shown
    byteCount: toCount(facts.byte_count),
    pageCount: toCount(facts.page_count),
    sha256,
    warnings: readSentences(facts.warnings),
  };
  return { id: toText(answer?.id) ?? '', model: toText(answer?.model) ?? '', document };
}

function readPageContent(value: unknown): PageContent | undefined {
  const page = toRecord(value);
  if (page === undefined || typeof page.page !== 'number' || typeof page.text !== 'string') return undefined;
  const { source } = page;
  const size = toRecord(page.size);
  const reason = toText(page.reason);
  const support = readSupport(page.support);
  const picture = readPicture(page.picture);
  const [error, work, comparison] = [readPageError(page.error), readWork(page.work), readComparison(page.comparison)];
  const lines = readLines(page.lines);
  return {
    page: page.page,
    ...(size && { size: { width: toCount(size.width), height: toCount(size.height) } }),
    text: page.text,
    ...((source === 'model' || source === 'text' || source === 'lines') && { source }),
    ...(reason !== undefined && { reason }),
    ...(page.object !== undefined && { object: page.object }),
    ...readFlags(page),
    ...(comparison && { comparison }),
    ...(lines && { lines }),
    ...(picture && { picture }),
    verdict: readVerdict(page.verdict, { error, finishReason: work?.finishReason }),
    ...(support && { support }),
    ...(Array.isArray(page.evidence) && { evidence: page.evidence.flatMap(readEvidence) }),
    ...(Array.isArray(page.checks) && { checks: page.checks.flatMap(readCheck) }),
    warnings: readSentences(page.warnings),
    ...(error && { error }),
    ...(work && { work }),
  };
}

function readPageError(value: unknown): PageError | undefined {
  const error = value === undefined ? undefined : readError({ error: value });
  if (error === undefined) return undefined;
  const { code = 'INTERNAL', message, hint, output } = error;
  return { code, message, ...(hint !== undefined && { hint }), ...(output && { output }) };
}

function readWork(value: unknown): ModelWork | undefined {
  const work = toRecord(value);
  if (work === undefined) return undefined;
  const certainty = readCertainty(work.certainty);
  return {
    finishReason: readReason(work.finish_reason) ?? 'stop',
    usage: readWireUsage(work.usage),
    timings: readTimings(work.timings) ?? noTimings,
    ...(work.images !== undefined && { images: toList(work.images).flatMap(readImage) }),
    ...(certainty && { certainty }),
  };
}

function readImage(value: unknown): readonly ImageFacts[] {
  const image = toRecord(value);
  if (image === undefined) return [];
  const grids = toList(image.grids).map(toRecord);
  return [
    {
      widthPx: toCount(image.width_px),
      heightPx: toCount(image.height_px),
      grids: grids.map((grid) => ({ columns: toCount(grid?.columns), rows: toCount(grid?.rows) })),
      tiles: toCount(image.tiles),
      scale: toCount(image.scale),
      ...(image.scale_x !== undefined && { scaleX: toCount(image.scale_x) }),
      ...(image.scale_y !== undefined && { scaleY: toCount(image.scale_y) }),
    },
  ];
}

function readComparison(value: unknown): ReadingComparison | undefined {
  const comparison = toRecord(value);
  if (comparison === undefined) return undefined;
  const lines = toList(comparison.lines).map(toRecord);
  const diff = toList(comparison.diff).map(toRecord);
  return {
    agreement: toCount(comparison.agreement),
    lines: lines.map((line) => ({ text: toText(line?.text) ?? '', agreement: toCount(line?.agreement) })),
    diff: diff.map((part) => ({ side: part?.side === '-' || part?.side === '+' ? part.side : '=', text: toText(part?.text) ?? '' })),
  };
}

function readSummary(summary: Fields): DocumentSummary {
  return {
    pages: toCount(summary.pages),
    failed: toCount(summary.failed),
    usage: readWireUsage(summary.usage),
    warnings: readWarnings(summary.warnings) ?? [],
  };
}

function readWireUsage(value: unknown): Usage {
  const usage = toRecord(value);
  if (usage === undefined) return noUsage;
  return {
    inputTokens: toCount(usage.input_tokens),
    imageTokens: toCount(usage.image_tokens),
    outputTokens: toCount(usage.output_tokens),
    cachedTokens: toCount(usage.cached_tokens),
    ...(usage.drafted_tokens !== undefined && {
      draftedTokens: toCount(usage.drafted_tokens),
      acceptedTokens: toCount(usage.accepted_tokens),
    }),
  };
}

function readLoad(load: Fields): LoadProgress | undefined {
  const [name, done, total] = [toText(load.name) ?? '', toCount(load.done), toCount(load.total)];
  if (load.step === 'verify') return { type: 'verify', file: name, doneBytes: done, totalBytes: total };
  if (load.step === 'convert') return { type: 'convert', item: name, doneBytes: done, totalBytes: total };
  if (load.step === 'session') return { type: 'session', name, done, total };
  return load.step === 'wait' ? { type: 'wait', reason: name } : undefined;
}
