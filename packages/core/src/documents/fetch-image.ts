import { VisionError } from '@h2ovl/contract';
import { type FetchUrlOptions, fetchUrl, type RemoteHosts } from '../net/fetch-url.ts';
import { tooManyBytes } from './image-limits.ts';

/** Which images are fetched from https addresses: none, those on the public internet, or those on listed private hosts too. */
export type RemoteImages = boolean | RemoteHosts;

/**
 * Fetches an image over https.
 * @throws VisionError INVALID_ARGUMENT (an address that is never fetched), IMAGE_NOT_FOUND (404, 410), IMAGE_TOO_LARGE, IMAGE_UNREADABLE (anything else
 * that goes wrong), NETWORK_FORBIDDEN; the signal's reason when aborted
 */
export async function fetchImage(url: URL, name: string, options: FetchUrlOptions): Promise<Uint8Array> {
  const outcome = await fetchUrl(url, options);
  switch (outcome.type) {
    case 'fetched':
      return outcome.bytes;
    case 'too-large':
      throw tooManyBytes(name, outcome.byteCount, options.maxBytes);
    case 'status': {
      const isGone = outcome.status === 404 || outcome.status === 410;
      throw new VisionError(isGone ? 'IMAGE_NOT_FOUND' : 'IMAGE_UNREADABLE', `${name} was answered with status ${outcome.status}.`, {
        hint: 'Check the address; addresses that need a login are not supported.',
      });
    }
    case 'late':
      throw new VisionError('IMAGE_UNREADABLE', `${name} did not arrive within ${outcome.timeoutMs} ms.`, {
        hint: 'Download the image and pass its path.',
      });
    case 'forbidden':
      throw new VisionError('INVALID_ARGUMENT', `${name} is not fetched: ${outcome.reason}.`, { hint: outcome.hint });
    case 'failed':
      throw new VisionError('IMAGE_UNREADABLE', `${name} could not be fetched${describe(outcome.cause)}.`, {
        hint: 'Check the address and the network, or download the image and pass its path.',
      });
  }
}

/** The kind of failure, such as ECONNREFUSED. The full text may name addresses and certificates of networks that are not the caller's business. */
function describe(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : '';
}
