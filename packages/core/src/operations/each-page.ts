import {
  type DocumentFacts,
  type DocumentLimits,
  type DocumentProgress,
  OutputInvalidError,
  type Page,
  type PageError,
  type PageResult,
  type PageSize,
  pickOptions,
  VisionError,
  type VisionErrorCode,
} from '@h2ovl/contract';
import { withHeldPage } from '../documents/derived/hold-pixels.ts';
import { resolveLimits } from '../documents/document-limits.ts';
import type { OpenDocument } from '../documents/document-pages.ts';
import { type OpenDocumentOptions, openDocument, openDocumentOptionNames } from '../documents/open-document.ts';
import { listPages } from '../documents/page-range.ts';
import type { DocumentOptions, DocumentSourceInput } from './document-options.ts';
import { DocumentTime, type PageTime } from './verdicts/page-time.ts';
import { failureVerdict, verdictOf } from './verdicts/verdicts.ts';

/** What is done with one page. */
export interface PageTask {
  readonly page: Page;
  /** What the page may take. */
  readonly time: PageTime;
  readonly report: (event: NonNullable<DocumentProgress['event']>) => void;
}

/** Failures of the whole: the next page would fail in the same way. */
const fatalCodes: readonly VisionErrorCode[] = [
  'INVALID_ARGUMENT',
  'MODEL_NOT_FOUND',
  'MODEL_FILE_CORRUPT',
  'MODEL_UNSUPPORTED',
  'RUNTIME_UNAVAILABLE',
  'STORAGE_UNAVAILABLE',
  'NETWORK_FORBIDDEN',
  'NETWORK_FAILED',
  'DECODER_UNAVAILABLE',
  'SCHEMA_UNSUPPORTED',
  'QUEUE_FULL',
  'DISPOSED',
];

/**
 * Opens a document if need be, and does one thing with each of its pages, in order. A page that fails gets a result that says so; the others go on.
 * @throws VisionError of the document, of its page range, or of the model as a whole; the signal's reason when aborted
 */
export async function* eachPage<Result extends PageResult>(
  source: DocumentSourceInput,
  options: DocumentOptions,
  work: (task: PageTask, facts: DocumentFacts) => Promise<Result>,
  failed: (result: PageResult) => Result,
): AsyncGenerator<Result, void> {
  const { signal, onProgress = () => {} } = options;
  const isOpen = isOpenDocument(source);
  const document = isOpen ? source : await openDocument(source, pickOptions<OpenDocumentOptions>(options, openDocumentOptionNames));
  try {
    const numbers = choosePages(document, options);
    const facts = factsOf(document);
    const documentTime = new DocumentTime(document, options);
    for (const [done, number] of numbers.entries()) {
      signal?.throwIfAborted();
      if (documentTime.isOver) {
        yield failed({ page: number, document: facts, verdict: skippedVerdict, warnings: [] });
        continue;
      }
      const progress = { page: number, done, total: numbers.length };
      onProgress(progress);
      const report: PageTask['report'] = (event) => onProgress({ ...progress, event });
      let size: PageSize | undefined;
      const result = await attempt(
        async () => {
          const page = await document.page(number, signal);
          size = page.size;
          return withHeldPage(page, (held) => work({ page: held, time: documentTime.startPage(), report }, facts));
        },
        (error) => failed({ page: number, document: facts, verdict: failureVerdict(error), warnings: [], error }),
        signal,
      );
      yield size === undefined ? result : { ...result, size };
    }
  } finally {
    if (!isOpen) await document.close();
  }
}

const skippedVerdict = verdictOf('skipped', 'The time for the document (documentBudgetMs) was over before this page.');

async function attempt<Result>(
  work: () => Promise<Result>,
  failed: (error: PageError) => Result,
  signal: AbortSignal | undefined,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    if (!VisionError.isInstance(error) || fatalCodes.includes(error.code)) throw error;
    return failed(describeError(error));
  }
}

export function describeError(error: VisionError): PageError {
  const { code, message, hint } = error;
  if (!OutputInvalidError.isInstance(error)) return { code, message, hint };
  const { text, issues, finishReason, partial } = error;
  return { code, message, hint, output: { text, issues, finishReason, ...(partial !== undefined && { partial }) } };
}

function isOpenDocument(source: DocumentSourceInput): source is OpenDocument {
  return typeof source === 'object' && source !== null && 'pageCount' in source && 'page' in source;
}

/**
 * The numbers of the pages that are asked for, in order; without a range all.
 * @throws VisionError INVALID_ARGUMENT, PAGE_NOT_FOUND, DOCUMENT_TOO_LARGE (more pages than allowed)
 */
export function choosePages(document: OpenDocument, options: Pick<DocumentOptions, 'pages' | keyof DocumentLimits>): readonly number[] {
  const { maxPages } = resolveLimits(options);
  const numbers = listPages(options.pages, document.pageCount);
  if (numbers.length <= maxPages) return numbers;
  throw new VisionError(
    'DOCUMENT_TOO_LARGE',
    `${document.name}: ${numbers.length} pages were asked for; at most ${maxPages} are read in one go (maxPages).`,
    { hint: 'Name fewer pages, or raise maxPages.' },
  );
}

/** The facts of a document, without the document: results may outlive it. */
export function factsOf({ name, format, byteCount, pageCount, sha256, warnings }: DocumentFacts): DocumentFacts {
  return { name, format, byteCount, pageCount, sha256, warnings };
}
