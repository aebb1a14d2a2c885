import type { Certainty } from '../certainty.ts';
import type { ProgressEvent } from '../events.ts';
import type { FinishReason, GenerateResult, Timings, Usage, ValueFlags, Warning } from '../result.ts';
import { readCertainty } from './certainty.ts';
import { noTimings, noUsage, readFlags, readProgress, readReason, readTimings, readWarnings } from './generation.ts';
import { toCount, toList, toRecord } from './read-values.ts';

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
  readonly certainty: Certainty | undefined;
  readonly flags: ValueFlags;
  /** UTF-16 code units of the whole text, in the chunk that ends it. */
  readonly contentChars: number | undefined;
}

/** The answer in the body of a request without `stream`; undefined when the body is something else. */
export function readCompletion(body: unknown): Answer | undefined {
  const choice = toList(toRecord(body)?.choices)[0];
  const content = toRecord(toRecord(choice)?.message)?.content;
  if (typeof content !== 'string') return undefined;
  const details = toRecord(toRecord(body)?.h2ovl);
  const certainty = readCertainty(details?.certainty);
  return {
    text: content,
    finishReason: readReason(details?.finish_reason) ?? readReason(toRecord(choice)?.finish_reason) ?? 'stop',
    usage: readUsage(toRecord(body)?.usage) ?? noUsage,
    timings: readTimings(details?.timings) ?? noTimings,
    warnings: readWarnings(details?.warnings) ?? [],
    ...(certainty && { certainty }),
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
    certainty: readCertainty(details?.certainty),
    flags: readFlags(details),
    contentChars: typeof details?.content_chars === 'number' ? details.content_chars : undefined,
  };
}

function readUsage(value: unknown): Usage | undefined {
  const usage = toRecord(value);
  if (usage === undefined) return undefined;
  const details = toRecord(usage.prompt_tokens_details);
  const drafts = toRecord(usage.completion_tokens_details);
  const accepted = drafts?.accepted_prediction_tokens;
  const rejected = drafts?.rejected_prediction_tokens;
  const acceptedTokens = toCount(accepted);
  return {
    inputTokens: toCount(usage.prompt_tokens),
    imageTokens: toCount(details?.image_tokens),
    outputTokens: toCount(usage.completion_tokens),
    cachedTokens: toCount(details?.cached_tokens),
    ...((accepted ?? rejected ?? undefined) !== undefined && { draftedTokens: acceptedTokens + toCount(rejected), acceptedTokens }),
  };
}
