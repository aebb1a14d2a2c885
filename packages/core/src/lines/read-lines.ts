import { checkOptions, type OptionNames, type PageLines } from '@h2ovl/contract';
import { type LinePage, LineReader } from './line-reader.ts';

export interface ReadLinesOptions {
  /** Stops the work; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

let shared: LineReader | undefined;

/** Lines of the latest pages of documents: asking for them again costs nothing. A dense page has some 100 KB. */
const kept = new Map<string, PageLines>();
const mostKept = 64;

/**
 * Finds and reads the lines of a page without a language model: where each stands, what it says, and which way up the page is. The reader's files (14 MB)
 * are opened and checked at the first call and stay open for the next pages; `closeLineReader` frees them. Pages wait for each other, and the lines of the latest
 * pages of documents are kept. Nothing is downloaded.
 * @param page a page of an open document, or pixels: 8-bit RGB [height, width, 3]
 * @throws VisionError MODEL_NOT_FOUND (the package @h2ovl/lines is not installed), MODEL_FILE_CORRUPT, IMAGE_TOO_LARGE, INVALID_ARGUMENT,
 * RUNTIME_UNAVAILABLE, SESSION_FAILED; what rendering the page throws; the signal's reason when aborted
 */
export async function readLines(page: LinePage, options: ReadLinesOptions = {}): Promise<PageLines> {
  checkOptions(options, readLinesOptionNames, 'readLines()');
  const { signal = new AbortController().signal } = options;
  signal.throwIfAborted();
  const known = 'key' in page ? kept.get(page.key) : undefined;
  if (known !== undefined) return known;
  shared ??= new LineReader();
  const lines = await shared.read(page, signal);
  if ('key' in page) keep(page.key, lines);
  return lines;
}

function keep(key: string, lines: PageLines): void {
  kept.set(key, lines);
  const [oldest] = kept.keys();
  if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
}

/** Frees what `readLines` opened, after the page in work. The next call opens it again. */
export async function closeLineReader(): Promise<void> {
  const reader = shared;
  shared = undefined;
  kept.clear();
  await reader?.dispose();
}

const readLinesOptionNames: OptionNames<ReadLinesOptions> = { signal: true };
