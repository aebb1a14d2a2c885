import { type PageReading, VisionError } from '@h2ovl/contract';
import type { DocumentBytes } from '../files/read-document.ts';

/**
 * What the line reader sees on a picture, before the model is asked. Undefined where it cannot look: the model says what is wrong with the picture.
 * @throws the signal's reason when aborted
 */
export async function lookAtImage(document: DocumentBytes, signal: AbortSignal): Promise<PageReading | undefined> {
  const { readDocument } = await import('@h2ovl/core');
  try {
    for await (const reading of readDocument(document.bytes, { name: document.name, mode: 'lines', signal })) {
      return reading.error === undefined ? reading : undefined;
    }
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (VisionError.isInstance(error)) return undefined;
    throw error;
  }
}

/** The page's text for telling repetitions from loops; undefined where not all of it could be read. */
export function readableText({ lines, text }: PageReading): string | undefined {
  return lines === undefined || lines.unreadable > 0 || lines.warnings.length > 0 || text === '' ? undefined : text;
}
