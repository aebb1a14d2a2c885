import type { Health, WireProgress } from './types.ts';

/** A whole answer in the words of GenerateResult; what the server did not say is 0, or an empty list. */
export interface Answer {
  readonly text: string;
  readonly finishReason: 'stop' | 'length' | 'stop-sequence';
  readonly usage: AnswerUsage;
  readonly timings: AnswerTimings;
  readonly warnings: readonly AnswerWarning[];
}

/** Token counts of an answer. */
export interface AnswerUsage {
  readonly inputTokens: number;
  readonly imageTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
}

/** Milliseconds per phase of an answer. */
export interface AnswerTimings {
  readonly queueMs: number;
  readonly imageMs: number;
  readonly visionMs: number;
  readonly prefillMs: number;
  readonly decodeMs: number;
}

/** A warning of an answer. */
export interface AnswerWarning {
  readonly type: 'unsupported' | 'compatibility' | 'other';
  readonly message: string;
}

/** What one chunk of a stream says. */
export interface ChunkContent {
  /** New text; empty in chunks that carry something else. */
  readonly delta: string;
  readonly finishReason: Answer['finishReason'] | undefined;
  readonly progress: WireProgress | undefined;
  readonly usage: AnswerUsage | undefined;
  readonly timings: AnswerTimings | undefined;
  readonly warnings: readonly AnswerWarning[] | undefined;
}

/** What an error body says. */
export interface ErrorContent {
  readonly message: string;
  readonly code: string | undefined;
  readonly param: string | undefined;
  readonly hint: string | undefined;
  /** With OUTPUT_INVALID: the text that came and how it misses the schema. */
  readonly output: ErrorOutput | undefined;
}

/** The answer that did not fit its schema. */
export interface ErrorOutput {
  readonly text: string;
  readonly finishReason: string;
  readonly issues: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
}

/** Counts of an answer whose server sent none. */
export const noUsage: AnswerUsage = { inputTokens: 0, imageTokens: 0, outputTokens: 0, cachedTokens: 0 };

/** Times of an answer whose server sent none. */
export const noTimings: AnswerTimings = { queueMs: 0, imageMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0 };

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
  };
}

/** What an error body says; undefined when the value is not an error envelope. */
export function readError(value: unknown): ErrorContent | undefined {
  const error = toRecord(toRecord(value)?.error);
  const message = toText(error?.message);
  if (error === undefined || message === undefined) return undefined;
  return {
    message,
    code: toText(error.code),
    param: toText(error.param),
    hint: toText(error.hint),
    output: readErrorOutput(error.output),
  };
}

/** The ids in the body of `GET /v1/models`; undefined when the body is something else. */
export function readModelIds(body: unknown): readonly string[] | undefined {
  const data = toRecord(body)?.data;
  if (!Array.isArray(data)) return undefined;
  return data.map((entry) => toText(toRecord(entry)?.id)).filter((id) => id !== undefined);
}

/** The body of `GET /health`; undefined when the body is something else. */
export function readHealth(body: unknown): Health | undefined {
  const health = toRecord(body);
  const status = health?.status;
  if (health === undefined || (status !== 'loading' && status !== 'ready')) return undefined;
  const queue = toRecord(health.queue);
  const model = toText(health.model);
  return {
    status,
    ...(model === undefined ? {} : { model }),
    queue: { running: toCount(queue?.running), waiting: toCount(queue?.waiting), limit: toCount(queue?.limit) },
  };
}

function readReason(value: unknown): Answer['finishReason'] | undefined {
  if (value === 'stop' || value === 'length' || value === 'stop-sequence') return value;
  return typeof value === 'string' ? 'stop' : undefined; // another server's word for an ending
}

function readUsage(value: unknown): AnswerUsage | undefined {
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

function readTimings(value: unknown): AnswerTimings | undefined {
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

function readWarnings(value: unknown): readonly AnswerWarning[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((entry: unknown) => {
    const message = toText(toRecord(entry)?.message);
    const type = toRecord(entry)?.type;
    if (message === undefined) return [];
    return [{ type: type === 'unsupported' || type === 'compatibility' ? type : ('other' as const), message }];
  });
}

function readProgress(value: unknown): WireProgress | undefined {
  const progress = toRecord(value);
  const phase = progress?.phase;
  if (phase !== 'decode-image' && phase !== 'encode-image' && phase !== 'prefill' && phase !== 'generate') return undefined;
  return { phase, done: toCount(progress?.done), total: toCount(progress?.total) };
}

function readErrorOutput(value: unknown): ErrorOutput | undefined {
  const output = toRecord(value);
  const text = output?.text;
  if (output === undefined || typeof text !== 'string') return undefined;
  const issues = toList(output.issues).map((issue) => ({
    path: toList(toRecord(issue)?.path).filter((key) => typeof key === 'string' || typeof key === 'number'),
    message: toText(toRecord(issue)?.message) ?? 'does not fit',
  }));
  return { text, finishReason: toText(output.finish_reason) ?? 'stop', issues };
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function toCount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
