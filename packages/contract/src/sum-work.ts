import type { Timings, Usage } from './result.ts';

/** The tokens of two answers together. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    imageTokens: a.imageTokens + b.imageTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
    ...(a.draftedTokens !== undefined || b.draftedTokens !== undefined
      ? {
          draftedTokens: (a.draftedTokens ?? 0) + (b.draftedTokens ?? 0),
          acceptedTokens: (a.acceptedTokens ?? 0) + (b.acceptedTokens ?? 0),
        }
      : {}),
  };
}

/** The milliseconds of two answers together. */
export function addTimings(a: Timings, b: Timings): Timings {
  return {
    queueMs: a.queueMs + b.queueMs,
    imageMs: a.imageMs + b.imageMs,
    visionMs: a.visionMs + b.visionMs,
    prefillMs: a.prefillMs + b.prefillMs,
    decodeMs: a.decodeMs + b.decodeMs,
  };
}
