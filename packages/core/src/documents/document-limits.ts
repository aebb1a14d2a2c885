import { documentLimits, VisionError } from '@h2ovl/contract';

/** What one document may take. Each limit is named in the error that it causes. */
export interface DocumentLimits {
  /** Bytes of the file. @default 500_000_000 */
  readonly maxBytes?: number | undefined;
  /** Pixels of one page. @default 200_000_000 */
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

export type ResolvedLimits = { readonly [Name in keyof DocumentLimits]-?: number };

/** @throws VisionError INVALID_ARGUMENT for a limit that is no whole number from 1 */
export function resolveLimits(limits: DocumentLimits): ResolvedLimits {
  const resolved: Record<string, number> = {};
  for (const [name, standard] of Object.entries(documentLimits)) {
    const value = limits[name as keyof DocumentLimits] ?? standard;
    resolved[name] = checkLimit(name, value);
  }
  return resolved as ResolvedLimits;
}

/** Four answers are in work at the same time where nobody says otherwise, and each has one document. */
const standardMaxDecoders = 4;

/** @throws VisionError INVALID_ARGUMENT */
export function resolveMaxDecoders(maxDecoders: number | undefined): number {
  return checkLimit('maxDecoders', maxDecoders ?? standardMaxDecoders);
}

function checkLimit(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new VisionError('INVALID_ARGUMENT', `${name} is ${value}; it must be a whole number from 1.`, {
    hint: `Leave ${name} out for its default.`,
  });
}
