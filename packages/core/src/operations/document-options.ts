import {
  type DocumentProgress,
  type ImageOptions,
  type OptionNames,
  pickOptions,
  type RotateChoice,
  type SamplingOptions,
  samplingOptionNames,
  type WorkBudgets,
  workBudgetNames,
} from '@h2ovl/contract';
import type { OpenDocument } from '../documents/document-pages.ts';
import type { DocumentInput } from '../documents/document-source.ts';
import { type OpenDocumentOptions, openDocumentOptionNames } from '../documents/open-document.ts';
import type { PageRange } from '../documents/page-range.ts';

/** A document to be opened, or one that is open and stays so. */
export type DocumentSourceInput = DocumentInput | OpenDocument;

/** What every operation on a document may be told. */
export interface DocumentOptions extends OpenDocumentOptions, SamplingOptions, ImageOptions, WorkBudgets {
  /** Degrees clockwise by which pages are turned for the model; `auto`: as the line reader says, where that is clear. @default 'auto' */
  readonly rotate?: RotateChoice | undefined;
  /** @default all pages */
  readonly pages?: PageRange | undefined;
  /** Called at every step. An error thrown here ends the work. */
  readonly onProgress?: (progress: DocumentProgress) => void;
}

/** All options that the operations share. */
export const documentOptionNames: OptionNames<DocumentOptions> = {
  ...openDocumentOptionNames,
  ...samplingOptionNames,
  ...workBudgetNames,
  rotate: true,
  pages: true,
  onProgress: true,
};

/** The options that go into the model's request. */
export function modelOptions(options: DocumentOptions): SamplingOptions & ImageOptions & { readonly signal?: AbortSignal } {
  return {
    ...pickOptions<SamplingOptions & ImageOptions>(options, samplingOptionNames),
    ...(options.signal && { signal: options.signal }),
  };
}
