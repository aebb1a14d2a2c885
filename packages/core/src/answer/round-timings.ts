import type { Timings } from '@h2ovl/contract';

/** Tenths of a millisecond: what lies beyond is noise, and fifteen digits of it tell nobody anything. */
export function roundTimings(timings: Timings): Timings {
  const rounded = Object.entries(timings).map(([name, ms]) => [name, Math.round(ms * 10) / 10]);
  return Object.fromEntries(rounded);
}

/** Milliseconds of work, without the wait in the queue. */
export function workMs({ imageMs, visionMs, prefillMs, decodeMs }: Timings): number {
  return imageMs + visionMs + prefillMs + decodeMs;
}
