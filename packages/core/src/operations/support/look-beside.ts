import { type Page, VisionError } from '@h2ovl/contract';
import { lookAtPage, type PageLook } from '../verdicts/look-at-page.ts';

/** What the line reader sees of a page that has its answer already: that it cannot look, whatever the cause, does not take that away. @throws the signal's reason */
export async function lookBeside(page: Page, signal: AbortSignal | undefined): Promise<PageLook> {
  try {
    return await lookAtPage(page, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (!VisionError.isInstance(error)) throw error;
    return { reason: error.message };
  }
}
