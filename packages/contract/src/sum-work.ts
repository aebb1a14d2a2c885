import type { Timings, Usage } from './result.ts';

/** The tokens of two answers together. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    imageTokens: a.imageTokens + b.imageTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cachedTokens: a.cachedTokens + b.cachedTokens,
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
