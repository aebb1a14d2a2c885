import { type DocumentLimits, documentLimits, VisionError } from '@h2ovl/contract';

/** Every limit, with its default where none was given. */
export type ResolvedLimits = typeof documentLimits;

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
