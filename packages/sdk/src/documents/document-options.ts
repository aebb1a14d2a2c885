import {
  type DocumentLimits,
  type DocumentProgress,
  documentLimitNames,
  type ImageOptions,
  type LoadProgress,
  type OptionNames,
  type OutputSchema,
  type ReadMode,
  type RotateChoice,
  type SamplingOptions,
  samplingOptionNames,
  type WorkBudgets,
  workBudgetNames,
} from '@h2ovl/contract';
import type { RequestOptions } from '../client-options.ts';

/**
 * A document: bytes, a Blob, a path, a `data:` or `file:` URL, or a stream of its bytes. Paths and `file:` URLs are read here; nothing is fetched from
 * other hosts.
 */
export type DocumentInput = Uint8Array | ArrayBuffer | Blob | URL | string | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** What happens before the first page: requests come before this one (`ahead`), or the model is being opened. */
export type DocumentStatus = { readonly type: 'wait'; readonly ahead: number } | { readonly type: 'load'; readonly progress: LoadProgress };

/** What every operation on a document may be told. The server's limits hold where none is given; none can be raised above them. */
export interface DocumentOptions extends RequestOptions, SamplingOptions, ImageOptions, DocumentLimits, WorkBudgets {
  /** Id of the model. @default the model of the server */
  readonly model?: string | undefined;
  /** Which pages: `"1-3,7,-1"`, or their numbers from 1. @default all */
  readonly pages?: string | readonly number[] | undefined;
  /** Dots per inch at which drawn pages are rendered, 10 to 2400. @default as the model needs */
  readonly dpi?: number | undefined;
  /** Degrees clockwise by which pages are turned for the model; `auto`: as the line reader says, where that is clear. @default 'auto' */
  readonly rotate?: RotateChoice | undefined;
  /** Opens an encrypted PDF. */
  readonly password?: string | undefined;
  /** What to call the document in messages. @default its file name, else `document` */
  readonly name?: string | undefined;
  /** Milliseconds without a finished page; the wait for the first counts from the call, retries included. @default the client's */
  readonly timeout?: number;
  /** Called at every step. An error thrown here ends the call. */
  readonly onProgress?: ((progress: DocumentProgress) => void) | undefined;
  /** Called while the request waits, or the model is opened. An error thrown here ends the call. */
  readonly onStatus?: ((status: DocumentStatus) => void) | undefined;
}

/** How a document is read. */
export interface ReadDocumentOptions extends DocumentOptions {
  /** Where the text of a page comes from. @default 'auto' */
  readonly mode?: ReadMode | undefined;
  /** What the model is told, in place of the sentence it was trained to be asked for a transcription. */
  readonly instruction?: string | undefined;
  /** Adds how the model's reading and a healthy text layer agree. @default false */
  readonly compare?: boolean | undefined;
  /** Adds the lines of every page with their boxes: about a second a page. @default false, and pages that the line reader read have them */
  readonly lines?: boolean | undefined;
  /** Reads a page again in other ways where the model went round in circles, or found nothing where lines are. @default true */
  readonly retry?: boolean | undefined;
  /** Asks the model about blank pages, too. @default false */
  readonly readBlank?: boolean | undefined;
  /** Compares what the model read with the lines of the page. @default true, but for nano */
  readonly support?: boolean | undefined;
}

/** What is asked of each page. */
export interface AskDocumentOptions extends DocumentOptions {
  readonly question: string;
}

/** What is taken from each page. */
export interface ExtractDocumentOptions<T> extends DocumentOptions {
  /** What the object of a page must look like. */
  readonly schema: OutputSchema<T>;
  /** What the model is told, in place of the sentence of the model cards. */
  readonly instruction?: string | undefined;
  /** How the schema is held. @default 'decoding' */
  readonly enforcement?: 'decoding' | 'after' | undefined;
  /** Asks again in other ways where the model went round in circles. @default true */
  readonly retry?: boolean | undefined;
  /** Asks the model about blank pages, too. @default false: their object is undefined and their verdict `blank` */
  readonly readBlank?: boolean | undefined;
  /** Says which share of the values stands on the page. @default true, but for nano */
  readonly support?: boolean | undefined;
  /** Adds where each value stands: its boxes, the page's own words and the label beside it. @default false */
  readonly evidence?: boolean | undefined;
  /** Looks once more at one value that stands nowhere (with `evidence`), or because of which a check of the schema failed. @default true, but for nano */
  readonly secondReading?: boolean | undefined;
}

const common: OptionNames<DocumentOptions> = {
  model: true,
  pages: true,
  dpi: true,
  password: true,
  name: true,
  ...documentLimitNames,
  ...workBudgetNames,
  ...samplingOptionNames,
  rotate: true,
  signal: true,
  timeout: true,
  maxRetries: true,
  headers: true,
  onProgress: true,
  onStatus: true,
};

/** All options of each operation. */
export const optionNames: {
  readonly read: OptionNames<ReadDocumentOptions>;
  readonly ask: OptionNames<AskDocumentOptions>;
  readonly extract: OptionNames<ExtractDocumentOptions<unknown>>;
} = {
  read: { ...common, mode: true, instruction: true, compare: true, lines: true, readBlank: true, retry: true, support: true },
  ask: { ...common, question: true },
  extract: {
    ...common,
    schema: true,
    instruction: true,
    enforcement: true,
    readBlank: true,
    retry: true,
    support: true,
    evidence: true,
    secondReading: true,
  },
};
