import type { DocumentProgress, ImageOptions, SamplingOptions } from '@h2ovl/contract';
import type { DocumentInput } from '../documents/document-source.ts';
import type { OpenDocument, OpenDocumentOptions } from '../documents/open-document.ts';
import type { PageRange } from '../documents/page-range.ts';

/** A document to be opened, or one that is open and stays so. */
export type DocumentSourceInput = DocumentInput | OpenDocument;

/** What every operation on a document may be told. */
export interface DocumentOptions extends OpenDocumentOptions, SamplingOptions, ImageOptions {
  /** @default all pages */
  readonly pages?: PageRange | undefined;
  /** Called at every step. An error thrown here ends the work. */
  readonly onProgress?: (progress: DocumentProgress) => void;
}

/** The options that go into the model's request. */
export function modelOptions(options: DocumentOptions): SamplingOptions & ImageOptions & { readonly signal?: AbortSignal } {
  const { maxOutputTokens, temperature, topP, topK, seed, repetitionPenalty, stopSequences, endBlankRuns, tiles, signal } = options;
  return {
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(seed !== undefined && { seed }),
    ...(repetitionPenalty !== undefined && { repetitionPenalty }),
    ...(stopSequences !== undefined && { stopSequences }),
    ...(endBlankRuns !== undefined && { endBlankRuns }),
    ...(tiles !== undefined && { tiles }),
    ...(signal && { signal }),
  };
}
