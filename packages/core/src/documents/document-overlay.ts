import { VisionError } from '@h2ovl/contract';

/** Pages of a PDF that come over pages of another one. */
export interface DocumentOverlay {
  /** The bytes of a PDF: its pages are taken in order, each stretched to the size that the page below it is shown at. */
  readonly pdf: Uint8Array;
  /** Numbers of the pages they come over, from 1. */
  readonly pages: readonly number[];
}

/** What became of a document that got something over its pages. */
export interface OverlaidFacts {
  /** What the caller should know: a signature that no longer holds for the whole file. */
  readonly warnings: readonly string[];
}

export function lockedPdf(name: string): VisionError {
  return new VisionError('DOCUMENT_ENCRYPTED', `${name} lets nobody change it without its owner's password.`, {
    hint: "Pass the owner's password instead of the reader's.",
  });
}
