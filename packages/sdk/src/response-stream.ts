import {
  type Certainty,
  ConnectionError,
  type FinishReason,
  maxAnswerChars,
  type ProgressEvent,
  type Timings,
  type Usage,
  type ValueFlags,
  type VisionError,
  type Warning,
} from '@h2ovl/contract';
import type { Answer, ChunkContent } from '@h2ovl/contract/wire/answers';
import {
  createError,
  type ErrorContent,
  errorStatuses,
  noTimings,
  noUsage,
  readChunk,
  readError,
  SseDecoder,
  SseOverflowError,
  streamEndMark,
  wireCode,
} from '@h2ovl/contract/wire/answers';
import { readBytes } from './read-bytes.ts';
import { createInvalidResponse, createLostConnectionError, describeResponse, excerptOf } from './request.ts';

/** What comes out of a streamed answer, in order; `end` is the last. */
export type AnswerPart =
  | { readonly type: 'text-delta'; readonly delta: string }
  | ProgressEvent
  | { readonly type: 'end'; readonly answer: Answer };

/** Events of one answer: a token has two, and the longest context of any model here has some ten thousand. Nobody has to read them, so they pile up. */
const maxAnswerEvents = 200_000;

/** Reads a streamed answer as it comes. Leaving the loop closes the connection. Throws VisionError, or the signal's reason. */
export async function* readResponseStream(response: Response, signal: AbortSignal): AsyncGenerator<AnswerPart, void> {
  const collected = new AnswerCollector();
  let count = 0;
  let hasEndMark = false;
  for await (const data of readData(response, signal)) {
    hasEndMark = data === streamEndMark;
    if (hasEndMark) break;
    count += 1;
    if (count > maxAnswerEvents) throw createInvalidResponse(response, `more than ${maxAnswerEvents} events`);
    const chunk = readChunkOrThrow(data, response);
    collected.add(chunk);
    if (collected.text.length > maxAnswerChars) throw createInvalidResponse(response, `more than ${maxAnswerChars} characters of text`);
    if (chunk.progress !== undefined) yield chunk.progress;
    if (chunk.delta !== '') yield { type: 'text-delta', delta: chunk.delta };
  }
  const answer = hasEndMark ? collected.finish() : undefined;
  if (answer === undefined) {
    throw new ConnectionError(`The answer broke off after ${collected.text.length} characters.`, {
      response: describeResponse(response),
      hint: 'The server stopped or a proxy cut the connection; ask again.',
    });
  }
  const { contentChars = answer.text.length } = collected;
  if (answer.text.length !== contentChars) {
    throw createInvalidResponse(
      response,
      `${contentChars} characters, of which ${answer.text.length} arrived here: something on the way lost or repeated a part`,
    );
  }
  yield { type: 'end', answer };
}

/** The `data:` of each event. Throws VisionError, or the signal's reason. */
export async function* readData(response: Response, signal: AbortSignal): AsyncGenerator<string, void> {
  const mediaType = response.headers.get('content-type') ?? 'no content type';
  const { body } = response;
  if (!mediaType.startsWith('text/event-stream') || body === null) {
    await body?.cancel().catch(() => {});
    throw createInvalidResponse(response, `${mediaType} instead of an event stream`);
  }
  const decoder = new TextDecoder();
  const events = new SseDecoder();
  try {
    for await (const bytes of readBytes(body, signal)) {
      for (const event of events.push(decoder.decode(bytes, { stream: true }))) yield event.data;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof SseOverflowError) throw createInvalidResponse(response, 'an event too long to be one of ours');
    throw createLostConnectionError(response, error);
  }
}

/** The value of an event. Throws VisionError for one that is not JSON. */
export function parseEvent(data: string, response: Response): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw createInvalidResponse(response, `an event that is not JSON (${excerptOf(data, 80)})`);
  }
}

/** Throws the failure that an envelope tells; anything else is none. */
export function throwEnvelope(value: unknown, response: Response): void {
  const error = readError(value);
  if (error !== undefined) throw createStreamError(error, response);
}

function readChunkOrThrow(data: string, response: Response): ChunkContent {
  const value = parseEvent(data, response);
  throwEnvelope(value, response);
  const chunk = readChunk(value);
  if (chunk === undefined) throw createInvalidResponse(response, `an event that is no chunk of an answer (${excerptOf(data, 80)})`);
  return chunk;
}

/** The error of an envelope that came after the first byte, where the status is spent: its code says which status it would have been. */
function createStreamError(content: ErrorContent, response: Response): VisionError {
  const code = wireCode(content.code ?? '');
  return createError(content, { ...describeResponse(response), status: code === undefined ? 500 : errorStatuses[code] });
}

/** Puts an answer together from its chunks. */
class AnswerCollector {
  text = '';
  contentChars: number | undefined;
  #finishReason: FinishReason | undefined;
  #usage: Usage | undefined;
  #timings: Timings | undefined;
  #warnings: readonly Warning[] | undefined;
  #certainty: Certainty | undefined;
  #flags: ValueFlags = {};

  add(chunk: ChunkContent): void {
    this.text += chunk.delta;
    this.#finishReason = chunk.finishReason ?? this.#finishReason;
    this.#usage = chunk.usage ?? this.#usage;
    this.#timings = chunk.timings ?? this.#timings;
    this.#warnings = chunk.warnings ?? this.#warnings;
    this.#certainty = chunk.certainty ?? this.#certainty;
    this.#flags = { ...this.#flags, ...chunk.flags };
    this.contentChars = chunk.contentChars ?? this.contentChars;
  }

  /** The answer; undefined when no chunk said why it ended. */
  finish(): Answer | undefined {
    if (this.#finishReason === undefined) return undefined;
    return {
      text: this.text,
      finishReason: this.#finishReason,
      usage: this.#usage ?? noUsage,
      timings: this.#timings ?? noTimings,
      warnings: this.#warnings ?? [],
      ...(this.#certainty && { certainty: this.#certainty }),
      ...this.#flags,
    };
  }
}
