import { VisionError } from '@h2ovl/contract';
import { checkByteCount } from './image-limits.ts';

export interface FetchImageOptions {
  /** Bytes the image may have; counted while they arrive. */
  readonly maxBytes: number;
  /** Milliseconds until the last byte must have come. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Fetches an image over http(s). @throws VisionError IMAGE_NOT_FOUND (404, 410), IMAGE_TOO_LARGE, IMAGE_UNREADABLE (anything else that goes wrong) */
export async function fetchImage(url: URL, name: string, { maxBytes, timeoutMs = 30_000, signal }: FetchImageOptions): Promise<Uint8Array> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { signal: signal ? AbortSignal.any([signal, deadline]) : deadline });
    return await readBody(response, name, maxBytes);
  } catch (error) {
    signal?.throwIfAborted();
    if (VisionError.isInstance(error)) throw error;
    if (deadline.aborted) {
      throw new VisionError('IMAGE_UNREADABLE', `${name} did not arrive within ${timeoutMs} ms.`, {
        hint: 'Download the image and pass its path.',
        cause: error,
      });
    }
    throw new VisionError('IMAGE_UNREADABLE', `${name} could not be fetched: ${describe(error)}.`, {
      hint: 'Check the address and the network, or download the image and pass its path.',
      cause: error,
    });
  }
}

async function readBody(response: Response, name: string, maxBytes: number): Promise<Uint8Array> {
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    const isGone = response.status === 404 || response.status === 410;
    throw new VisionError(isGone ? 'IMAGE_NOT_FOUND' : 'IMAGE_UNREADABLE', `${name} was answered with status ${response.status}.`, {
      hint: 'Check the address; addresses that need a login are not supported.',
    });
  }
  const chunks: Uint8Array[] = [];
  let byteCount = 0;
  // Leaving the loop by an exception closes the connection.
  for await (const chunk of response.body) {
    byteCount += chunk.byteLength;
    checkByteCount(name, Math.max(byteCount, Number(response.headers.get('content-length') ?? 0)), maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, byteCount);
}

/** fetch hides the reason in `cause`. */
function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
