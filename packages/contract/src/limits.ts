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

/** What one document may take unless told otherwise; a server allows no more. */
export const documentLimits = {
  /** Bytes of the file: a thousand scanned pages. */
  maxBytes: 500_000_000,
  /** Pixels of one page: a poster scanned at 600 dpi has 140 million. */
  maxPixels: 200_000_000,
  /** Pages that are read in one go. */
  maxPages: 10_000,
  /** Bytes of memory of the process that decodes. */
  maxMemoryBytes: 2_000_000_000,
  /** Milliseconds that decoding one page may take: real pages take a tenth of a second, a map some seconds. */
  pageTimeoutMs: 30_000,
  /** Milliseconds that decoding all pages together may take. */
  documentTimeoutMs: 1_800_000,
} as const;
