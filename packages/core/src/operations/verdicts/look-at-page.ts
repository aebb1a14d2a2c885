import { type Page, type PageLines, VisionError, type VisionErrorCode } from '@h2ovl/contract';
import { readLines } from '../../lines/read-lines.ts';

/** What the line reader saw of a page, or why it did not look. */
export type PageLook = { readonly lines: PageLines; readonly reason?: undefined } | { readonly lines?: undefined; readonly reason: string };

/** What keeps the line reader from looking, and not the model from reading. */
const ownFailures: readonly VisionErrorCode[] = [
  'MODEL_NOT_FOUND',
  'MODEL_FILE_CORRUPT',
  'IMAGE_TOO_LARGE',
  'RUNTIME_UNAVAILABLE',
  'SESSION_FAILED',
  'DISPOSED',
];

/**
 * Has the line reader look at a page, as a witness beside the model. That it cannot is no fault of the page.
 * @throws what rendering the page throws; the signal's reason when aborted
 */
export async function lookAtPage(page: Page, signal: AbortSignal | undefined): Promise<PageLook> {
  try {
    return { lines: await readLines(page, { signal }) };
  } catch (error) {
    signal?.throwIfAborted();
    if (!VisionError.isInstance(error) || !ownFailures.includes(error.code)) throw error;
    return { reason: `Whether the page is blank was not looked at: ${error.message}` };
  }
}
