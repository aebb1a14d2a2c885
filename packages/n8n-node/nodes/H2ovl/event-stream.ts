import { onAbort } from '@h2ovl/contract';
import { SseDecoder, streamEndMark } from '@h2ovl/contract/wire';
import { sleep } from 'n8n-workflow';
import type { TimeLimit } from './waiting.ts';

/** The body of an answer as n8n hands it out. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  destroy(error?: Error): unknown;
}

const watchMs = 500;
const sameMomentMs = 100; // two timers for the same moment fire this close to each other
const maxErrorChars = 8_000_000; // an error may carry the answer that did not fit its schema

export function isByteStream(value: unknown): value is ByteStream {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value && 'destroy' in value;
}

/** The pieces of text of a body. Ends it with an error when the time is up or the signal fires, and when the reader leaves. */
async function* readPieces(body: ByteStream, limit: TimeLimit, signal: AbortSignal | undefined): AsyncGenerator<string, void> {
  const state = { isDone: false };
  const stop = (): void => void body.destroy(Object.assign(new Error('canceled'), { code: 'ERR_CANCELED' }));
  const letGo = signal === undefined ? undefined : onAbort(signal, stop);
  if (signal?.aborted === true) stop();
  void watchTime(body, limit, state);
  const decoder = new TextDecoder();
  try {
    for await (const piece of body) yield decoder.decode(piece, { stream: true });
    if (signal?.aborted === true) throw Object.assign(new Error('canceled'), { code: 'ERR_CANCELED' }); // some streams end instead of failing
  } catch (error) {
    throw whyEnded(error, limit, signal);
  } finally {
    state.isDone = true;
    letGo?.();
    body.destroy();
  }
}

/** n8n's own client ends a body that was silent for as long, and then says that the connection was closed: whoever is first, the time was up. */
function whyEnded(error: unknown, limit: TimeLimit, signal: AbortSignal | undefined): unknown {
  return signal?.aborted !== true && limit.remainingMs() <= sameMomentMs ? timeIsUp(limit, error) : error;
}

/** In the words of n8n's own client. */
function timeIsUp({ timeoutMs }: TimeLimit, cause?: unknown): Error {
  return new Error(`timeout of ${timeoutMs}ms exceeded`, { cause });
}

/** Signs of life keep a connection open for ever: only results count. */
async function watchTime(body: ByteStream, limit: TimeLimit, state: { readonly isDone: boolean }): Promise<void> {
  while (!state.isDone) {
    const left = limit.remainingMs();
    if (left <= 0) {
      body.destroy(timeIsUp(limit));
      return;
    }
    await sleep(Math.min(left, watchMs));
  }
}

/** The whole text of a body, up to a bound. */
export async function readText(body: ByteStream, limit: TimeLimit, signal: AbortSignal | undefined): Promise<string> {
  let text = '';
  for await (const piece of readPieces(body, limit, signal)) {
    text += piece;
    if (text.length > maxErrorChars) break;
  }
  return text;
}

/** The values of the events of a stream, without its end mark. Throws an Error when it breaks off, or holds what is no JSON. */
export async function* readEvents(body: ByteStream, limit: TimeLimit, signal: AbortSignal | undefined): AsyncGenerator<unknown, void> {
  const decoder = new SseDecoder();
  for await (const piece of readPieces(body, limit, signal)) {
    for (const { data } of decoder.push(piece)) {
      if (data === streamEndMark) return;
      yield JSON.parse(data);
    }
  }
  throw Object.assign(new Error('The answer broke off'), { code: 'BROKEN_OFF' });
}
