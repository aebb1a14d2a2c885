import type { GenerationPhase, ProgressEvent } from '../events.ts';
import {
  type FinishReason,
  type GenerateResult,
  type Timings,
  type Usage,
  type ValueFlags,
  type Warning,
  warningTypes,
} from '../result.ts';
import { toCount, toList, toRecord, toText } from './read-values.ts';
import type { Health } from './types.ts';

/** A whole answer; what the server did not say is 0, or an empty list. */
export type Answer = Omit<GenerateResult, 'object'>;

/** What one chunk of a stream says. */
export interface ChunkContent {
  /** New text; empty in chunks that carry something else. */
  readonly delta: string;
  readonly finishReason: FinishReason | undefined;
  readonly progress: ProgressEvent | undefined;
  readonly usage: Usage | undefined;
  readonly timings: Timings | undefined;
  readonly warnings: readonly Warning[] | undefined;
  readonly flags: ValueFlags;
  /** UTF-16 code units of the whole text, in the chunk that ends it. */
  readonly contentChars: number | undefined;
}

/** Counts of an answer whose server sent none. */
export const noUsage: Usage = { inputTokens: 0, imageTokens: 0, outputTokens: 0, cachedTokens: 0 };

/** Times of an answer whose server sent none. */
export const noTimings: Timings = { queueMs: 0, imageMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0 };

/** The answer in the body of a request without `stream`; undefined when the body is something else. */
export function readCompletion(body: unknown): Answer | undefined {
  const choice = toList(toRecord(body)?.choices)[0];
  const content = toRecord(toRecord(choice)?.message)?.content;
  if (typeof content !== 'string') return undefined;
  const details = toRecord(toRecord(body)?.h2ovl);
  return {
    text: content,
    finishReason: readReason(details?.finish_reason) ?? readReason(toRecord(choice)?.finish_reason) ?? 'stop',
    usage: readUsage(toRecord(body)?.usage) ?? noUsage,
    timings: readTimings(details?.timings) ?? noTimings,
    warnings: readWarnings(details?.warnings) ?? [],
    ...readFlags(details),
  };
}

/** What one chunk of a stream says; undefined when the value is not a chunk. */
export function readChunk(value: unknown): ChunkContent | undefined {
  const chunk = toRecord(value);
  if (chunk === undefined || !Array.isArray(chunk.choices)) return undefined;
  const choice = toRecord(chunk.choices[0]);
  const content = toRecord(choice?.delta)?.content;
  const details = toRecord(chunk.h2ovl);
  const coarse = readReason(choice?.finish_reason);
  return {
    delta: typeof content === 'string' ? content : '',
    finishReason: coarse === undefined ? undefined : (readReason(details?.finish_reason) ?? coarse),
    progress: readProgress(details?.progress),
    usage: readUsage(chunk.usage),
    timings: readTimings(details?.timings),
    warnings: readWarnings(details?.warnings),
    flags: readFlags(details),
    contentChars: typeof details?.content_chars === 'number' ? details.content_chars : undefined,
  };
}

/** The ids in the body of `GET /v1/models`; undefined when the body is something else. */
export function readModelIds(body: unknown): readonly string[] | undefined {
  const data = toRecord(body)?.data;
  if (!Array.isArray(data)) return undefined;
  return data.map((entry) => toText(toRecord(entry)?.id)).filter((id) => id !== undefined);
}

const modelStatuses: readonly Health['status'][] = ['idle', 'loading', 'ready', 'failed'];

/** The body of `GET /health`; undefined when the body is something else. */
export function readHealth(body: unknown): Health | undefined {
  const health = toRecord(body);
  const status = modelStatuses.find((known) => known === health?.status);
  if (health === undefined || status === undefined) return undefined;
  const queue = toRecord(health.queue);
  const model = toText(health.model);
  return {
    status,
    ...(model === undefined ? {} : { model }),
    queue: { running: toCount(queue?.running), waiting: toCount(queue?.waiting), limit: toCount(queue?.limit) },
  };
}

export function readReason(value: unknown): FinishReason | undefined {
  if (value === 'stop' || value === 'length' || value === 'stop-sequence') return value;
  return typeof value === 'string' ? 'stop' : undefined; // another server's word for an ending
}

function readUsage(value: unknown): Usage | undefined {
  const usage = toRecord(value);
  if (usage === undefined) return undefined;
  const details = toRecord(usage.prompt_tokens_details);
  return {
    inputTokens: toCount(usage.prompt_tokens),
    imageTokens: toCount(details?.image_tokens),
    outputTokens: toCount(usage.completion_tokens),
    cachedTokens: toCount(details?.cached_tokens),
  };
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
