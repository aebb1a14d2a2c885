/** The pieces of a body. Leaving the loop cancels it. Written out because not every browser can loop over a stream. */
export async function* readBytes(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader();
  let isAtEnd = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        isAtEnd = true;
        return;
      }
      yield value;
    }
  } finally {
    if (!isAtEnd) await reader.cancel().catch(() => {}); // a body that failed has nothing to cancel
    reader.releaseLock();
  }
}
