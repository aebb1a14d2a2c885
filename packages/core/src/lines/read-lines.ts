import { checkOptions, type OptionNames, type PageLines } from '@h2ovl/contract';
import { RecentMap } from '../store/recent-map.ts';
import { type LinePage, LineReader } from './line-reader.ts';

export interface ReadLinesOptions {
  /** Stops the work; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

let shared: LineReader | undefined;

/**
 * Lines of the latest pages of documents: asking for them again costs nothing. Sizes are in boxes, of lines and words: each has four corners and its text,
 * some 400 bytes. A dense page has 700 boxes.
 */
const kept = new RecentMap<PageLines>({ maxSize: 60_000, maxCount: 64 });

/**
 * Finds and reads the lines of a page without a language model: where each stands, what it says, and which way up the page is. The reader's files (17 MB)
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
  const key = 'key' in page ? page.key : undefined;
  const known = key === undefined ? undefined : kept.get(key);
  if (known !== undefined) return known;
  shared ??= new LineReader();
  return shared.read(
    page,
    signal,
    key === undefined ? undefined : { get: () => kept.get(key), set: (lines) => kept.set(key, lines, countBoxes(lines)) },
  );
}

function countBoxes({ lines }: PageLines): number {
  return lines.reduce((sum, { words }) => sum + 1 + words.length, 1);
}

/** Frees what `readLines` opened, after the page in work. The next call opens it again. */
export async function closeLineReader(): Promise<void> {
  const reader = shared;
  shared = undefined;
  kept.clear();
  await reader?.dispose();
}

const readLinesOptionNames: OptionNames<ReadLinesOptions> = { signal: true };
