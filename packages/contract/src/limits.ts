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
