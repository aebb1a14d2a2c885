import type { GenerationPhase, ProgressEvent } from '../events.ts';
import { type FinishReason, finishReasons, type Timings, type Usage, type ValueFlags, type Warning, warningTypes } from '../result.ts';
import { toCount, toList, toRecord, toText } from './read-values.ts';

/** What the answer to a chat and that about a document both say of the model's work. */

/** Milliseconds of wall time per phase. */
export interface WireTimings {
  readonly queue_ms: number;
  readonly image_ms: number;
  readonly vision_ms: number;
  readonly prefill_ms: number;
  readonly decode_ms: number;
}

/** How far the work is. */
export type WireProgress = Omit<ProgressEvent, 'type'>;

/** Counts of an answer whose server sent none. */
export const noUsage: Usage = { inputTokens: 0, imageTokens: 0, outputTokens: 0, cachedTokens: 0 };

/** Times of an answer whose server sent none. */
export const noTimings: Timings = { queueMs: 0, imageMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0 };

export function writeTimings({ queueMs, imageMs, visionMs, prefillMs, decodeMs }: Timings): WireTimings {
  return { queue_ms: queueMs, image_ms: imageMs, vision_ms: visionMs, prefill_ms: prefillMs, decode_ms: decodeMs };
}

export function readTimings(value: unknown): Timings | undefined {
  const timings = toRecord(value);
  if (timings === undefined) return undefined;
  return {
    queueMs: toCount(timings.queue_ms),
    imageMs: toCount(timings.image_ms),
    visionMs: toCount(timings.vision_ms),
    prefillMs: toCount(timings.prefill_ms),
    decodeMs: toCount(timings.decode_ms),
  };
}

export function readReason(value: unknown): FinishReason | undefined {
  const known = finishReasons.find((reason) => reason === value);
  if (known !== undefined) return known;
  return typeof value === 'string' ? 'stop' : undefined; // another server's word for an ending
}

export function readWarnings(value: unknown): readonly Warning[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((entry: unknown) => {
    const message = toText(toRecord(entry)?.message);
    const type = toRecord(entry)?.type;
    if (message === undefined) return [];
    return [{ type: warningTypes.find((known) => known === type) ?? 'other', message }];
  });
}

/** The flags of an object's values. */
export function readFlags(details: Readonly<Record<string, unknown>> | undefined): ValueFlags {
  const [truncated, forced] = [readPaths(details?.truncated), readPaths(details?.forced)];
  return { ...(truncated && { truncated }), ...(forced && { forced }) };
}

/** Names of values, such as `items[3].name`; undefined when there are none. */
function readPaths(value: unknown): readonly string[] | undefined {
  const paths = toList(value).filter((path) => typeof path === 'string');
  return paths.length === 0 ? undefined : paths;
}

const phases: readonly GenerationPhase[] = ['decode-image', 'encode-image', 'prefill', 'generate'];

export function readProgress(value: unknown): ProgressEvent | undefined {
  const progress = toRecord(value);
  const phase = phases.find((known) => known === progress?.phase);
  if (phase === undefined) return undefined;
  return { type: 'progress', phase, done: toCount(progress?.done), total: toCount(progress?.total) };
}
