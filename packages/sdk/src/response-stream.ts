import type { FinishReason, ProgressEvent, Timings, Usage, Warning } from '@h2ovl/contract';
import type { Answer, ChunkContent } from '@h2ovl/contract/wire';
import { noTimings, noUsage, readChunk, readError, SseDecoder, SseOverflowError, streamEndMark } from '@h2ovl/contract/wire';
import { APIConnectionError, createStreamError } from './errors.ts';
import { createInvalidResponse, describeResponse } from './request.ts';

/** What comes out of a streamed answer, in order; `end` is the last. */
export type AnswerPart =
  | { readonly type: 'text-delta'; readonly delta: string }
  | ProgressEvent
  | { readonly type: 'end'; readonly answer: Answer };

const maxAnswerChars = 64_000_000; // the longest context of any model here spells less than 1 MB

/** Reads a streamed answer as it comes. Leaving the loop closes the connection. Throws APIError, or the signal's reason. */
export async function* readResponseStream(response: Response, signal: AbortSignal): AsyncGenerator<AnswerPart, void> {
  const mediaType = response.headers.get('content-type') ?? 'no content type';
  if (!mediaType.startsWith('text/event-stream') || response.body === null) {
    await response.body?.cancel();
    throw createInvalidResponse(response, `${mediaType} instead of an event stream`);
  }
  const collected = new AnswerCollector();
  for await (const data of readData(response, response.body, signal)) {
    if (data === streamEndMark) break;
    const chunk = readChunkOrThrow(data, response);
    collected.add(chunk);
    if (collected.text.length > maxAnswerChars) throw createInvalidResponse(response, `more than ${maxAnswerChars} characters of text`);
    if (chunk.progress !== undefined) yield chunk.progress;
    if (chunk.delta !== '') yield { type: 'text-delta', delta: chunk.delta };
  }
  const answer = collected.finish();
  if (answer === undefined) {
    throw new APIConnectionError(`The answer broke off after ${collected.text.length} characters.`, {
      ...describeResponse(response),
      hint: 'The server stopped or a proxy cut the connection; ask again.',
    });
  }
  yield { type: 'end', answer };
}

/** The `data:` of each event. */
async function* readData(response: Response, body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const events = new SseDecoder();
  try {
    for await (const bytes of body as AsyncIterable<Uint8Array>) {
      signal.throwIfAborted();
      for (const event of events.push(decoder.decode(bytes, { stream: true }))) yield event.data;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof SseOverflowError) throw createInvalidResponse(response, 'an event too long to be one of ours');
    throw new APIConnectionError('The connection was lost while the answer was coming.', {
      ...describeResponse(response),
      cause: error,
      hint: 'The server stopped or a proxy cut the connection; ask again.',
    });
  }
}

function readChunkOrThrow(data: string, response: Response): ChunkContent {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    throw createInvalidResponse(response, `an event that is not JSON (${data.slice(0, 80)})`);
  }
  const error = readError(value);
  if (error !== undefined) throw createStreamError(error, describeResponse(response));
  const chunk = readChunk(value);
  if (chunk === undefined) throw createInvalidResponse(response, `an event that is no chunk of an answer (${data.slice(0, 80)})`);
  return chunk;
}

/** Puts an answer together from its chunks. */
class AnswerCollector {
  text = '';
  #finishReason: FinishReason | undefined;
  #usage: Usage | undefined;
  #timings: Timings | undefined;
  #warnings: readonly Warning[] | undefined;

  add(chunk: ChunkContent): void {
    this.text += chunk.delta;
    this.#finishReason = chunk.finishReason ?? this.#finishReason;
    this.#usage = chunk.usage ?? this.#usage;
    this.#timings = chunk.timings ?? this.#timings;
    this.#warnings = chunk.warnings ?? this.#warnings;
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
    };
  }
}
