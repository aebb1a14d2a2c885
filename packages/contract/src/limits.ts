/** Bytes an image file may have: a 200-megapixel photo stays under 100 MB as JPEG, a page scanned at 1200 dpi in colour below this. */
export const maxImageFileBytes = 200_000_000;

/** Bytes the body of an HTTP request may have: a 47 MB file as base64. */
export const maxRequestBytes: number = 64 * 1024 * 1024;

/** Stop sequences one request may name. */
export const maxStopSequences = 16;

/** Most output tokens one call of a tool or a node may ask for; a dense page has about 2,000. */
export const maxOutputTokensLimit = 8192;

/** Characters of an answer that a client keeps; the longest context of any model here spells less than 1 MB. */
export const maxAnswerChars = 16_000_000;

/**
 * What one document may take. Each limit is named in the error that it causes. Whole numbers from 1; a server holds its own limit where none is given, and
 * takes none above it.
 */
export interface DocumentLimits {
  /** Bytes of the file. @default 500_000_000 */
  readonly maxBytes?: number | undefined;
  /** Pixels of one page, width times height. @default 200_000_000 */
  readonly maxPixels?: number | undefined;
  /** Pages that are read in one go. @default 10_000 */
  readonly maxPages?: number | undefined;
  /** Bytes of memory of the process that decodes PDF, HEIC and TIFF of several pages. @default 2_000_000_000 */
  readonly maxMemoryBytes?: number | undefined;
  /** Milliseconds that decoding one page may take. @default 30_000 */
  readonly pageTimeoutMs?: number | undefined;
  /** Milliseconds that decoding all pages together may take; the model's own time is not counted. @default 1_800_000 */
  readonly documentTimeoutMs?: number | undefined;
}

/** The time that all work on pages may take, the wait in a queue not counted. What is done by then is the result. */
export interface WorkBudgets {
  /**
   * Milliseconds for one page: looking at it and all attempts to read it. Then its text is what there is, and its verdict `timed-out`; `pageTimeoutMs` bounds the
   * decoding of the file alone, and is an error. @default 600_000
   */
  readonly pageBudgetMs?: number | undefined;
  /** Milliseconds for all pages of a document, counted as long as it is open; pages behind have the verdict `skipped`. @default none: every page has its own */
  readonly documentBudgetMs?: number | undefined;
}

/** What holds unless told otherwise; a server allows no more. */
export const documentLimits: { readonly [Name in keyof DocumentLimits]-?: number } = {
  /** A thousand scanned pages. */
  maxBytes: 500_000_000,
  /** A poster scanned at 600 dpi has 140 million. */
  maxPixels: 200_000_000,
  maxPages: 10_000,
  maxMemoryBytes: 2_000_000_000,
  /** Real pages take a tenth of a second, a map some seconds. */
  pageTimeoutMs: 30_000,
  documentTimeoutMs: 1_800_000,
};
