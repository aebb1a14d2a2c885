import { abortable } from '@h2ovl/contract';

/**
 * The pieces of a body. Leaving the loop cancels it. Rejects with the signal's reason as soon as it fires, also where the body knows no signal.
 * Written out because not every browser can loop over a stream.
 */
export async function* readBytes(body: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader();
  let isAtEnd = false;
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) {
        isAtEnd = true;
        return;
      }
      yield value;
    }
  } finally {
    if (!isAtEnd) {
      const cancelled = reader.cancel().catch(() => {}); // a body that failed has nothing to cancel
      if (!signal.aborted) await cancelled; // what ignores a signal may ignore this, too
    }
    reader.releaseLock();
  }
}
