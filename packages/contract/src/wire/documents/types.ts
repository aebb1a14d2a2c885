import type { DocumentFormat, PageSize, ReadingComparison, ReadMode } from '../../document.ts';
import type { DraftChoice, RotateChoice, SchemaEnforcement, TileChoice } from '../../options.ts';
import type { PresetName } from '../../presets/index.ts';
import type { FinishReason, ValueFlags, Warning } from '../../result.ts';
import type { WireCertainty } from '../certainty.ts';
import type { ErrorEnvelope } from '../error-envelope.ts';
import type { WireProgress, WireTimings } from '../generation.ts';
import type { WireCheck, WireEvidence, WireSupport } from './evidence.ts';
import type { WireLines } from './lines.ts';
import type { WirePicture } from './pictures.ts';
import type { WireVerdict } from './verdicts.ts';

/**
 * The HTTP contract for documents: `POST /v1/read`, `/v1/ask` and `/v1/extract`. One request carries one document; each of its pages has one result.
 *
 * A body is `multipart/form-data` (a file part `document`, and one field for each option) or `application/json` (the same options, the bytes as
 * base64). Every option is the library's own, its name in snake_case. What pages later say of themselves is added to `WirePage` and nowhere else.
 * A field that is `null` counts as absent. Clients ignore fields and events they do not know.
 */

/** Name of the part of a form that holds the file, and of the field of a JSON body. */
export const documentPartName = 'document';

/** The document in a JSON body. */
export interface WireDocumentInput {
  /** The file: base64, or a base64 `data:` URL, whose media type is not believed. */
  readonly data: string;
  /** What to call it in messages. @default `document` */
  readonly name?: string;
}

/** What a stream should carry beside the results. */
export interface WireDocumentStreamOptions {
  /** Events `wait`, `load` and `progress`. @default false */
  readonly include_progress?: boolean;
  /** Events `text`: what the model writes, as it writes it. @default false */
  readonly include_text?: boolean;
}

/** What all three operations take beside the document. The server's limits hold for limits that are left out; none can be raised above them. */
export interface WireDocumentOptions {
  /** @default the model of the server */
  readonly model?: string;
  /** `"1-3,7,-1"`, or numbers from 1. @default all pages */
  readonly pages?: string | readonly number[];
  /** Dots per inch at which drawn pages are rendered, 10 to 2400. @default as the model needs */
  readonly dpi?: number;
  /** Opens an encrypted PDF. */
  readonly password?: string;
  /** Bytes of the file. */
  readonly max_bytes?: number;
  /** Pixels of one page. */
  readonly max_pixels?: number;
  /** Pages that one request may ask for. */
  readonly max_pages?: number;
  /** Bytes of memory of the process that decodes. */
  readonly max_memory_bytes?: number;
  readonly page_timeout_ms?: number;
  readonly document_timeout_ms?: number;
  /** Tiles one page is cut into: at most so many, `auto`, or `crops`: the page is shown in parts. @default 'auto' */
  readonly tiles?: TileChoice;
  /** Degrees clockwise by which pages are turned for the model; `auto`: as the line reader says, where that is clear. @default 'auto' */
  readonly rotate?: RotateChoice;
  /** Tokens of one page's answer. @default that of the operation */
  readonly max_output_tokens?: number;
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
  readonly seed?: number;
  readonly repetition_penalty?: number;
  readonly stop_sequences?: readonly string[];
  readonly end_blank_runs?: boolean;
  /** Ends an answer that goes round in circles. @default true */
  readonly end_loops?: boolean;
  /** Whether text that is known of a page is proposed to the model. @default 'auto' */
  readonly drafts?: DraftChoice;
  /** Milliseconds that a page may take, the wait in the queue not counted; what was read by then is its result. @default 600000 */
  readonly page_budget_ms?: number;
  /** The same for all pages together; the pages behind are `skipped`. @default none */
  readonly document_budget_ms?: number;
  /** Events as they happen instead of one answer at the end. @default false */
  readonly stream?: boolean;
  readonly stream_options?: WireDocumentStreamOptions;
}

/** Options of `POST /v1/read`: the text of each page. */
export interface WireReadOptions extends WireDocumentOptions {
  /** Where the text comes from. @default 'auto' */
  readonly mode?: ReadMode;
  /** Replaces the sentence the model was trained to be asked. */
  readonly instruction?: string;
  /** Adds how the model's reading and a healthy text layer agree. @default false */
  readonly compare?: boolean;
  /** Adds the lines of every page with their boxes: about a second a page. @default false, and pages with `source` "lines" have them */
  readonly lines?: boolean;
  /** Reads a page again in other ways where the model went round in circles or found nothing where lines are. @default true */
  readonly retry?: boolean;
  /** Asks the model about blank pages, too. @default false */
  readonly read_blank?: boolean;
  /** Compares what the model read with the lines of the page. @default true, but for nano */
  readonly support?: boolean;
}

/** Options of `POST /v1/ask`: an answer about each page. */
export interface WireAskOptions extends WireDocumentOptions {
  readonly question: string;
}

/** Options of `POST /v1/extract`: an object from each page. Exactly one of `schema`, `fields` and `preset` says what it looks like. */
export interface WireExtractOptions extends WireDocumentOptions {
  /** A JSON Schema, or names and types: `{"total": "number", "items": [{"name": "string"}]}`. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** Names, each with a type if it is not text: `company,date:date,total:number`. */
  readonly fields?: string;
  /** A ready-made schema. */
  readonly preset?: PresetName;
  /** Replaces the sentence of the model cards. */
  readonly instruction?: string;
  /** How the schema is held. @default 'decoding' */
  readonly enforcement?: SchemaEnforcement;
  /** Asks again in other ways where the model went round in circles. @default true */
  readonly retry?: boolean;
  /** Asks the model about blank pages, too. @default false: they have no object, and their verdict is `blank` */
  readonly read_blank?: boolean;
  /** Says which share of the values stands on the page. @default true, but for nano */
  readonly support?: boolean;
  /** Adds where each value stands. @default false */
  readonly evidence?: boolean;
  /** Looks once more at one value that stands nowhere (with `evidence`), or because of which a check of the schema failed. @default true, but for nano */
  readonly second_reading?: boolean;
}

/** The JSON bodies. */
export type WireReadRequest = WireReadOptions & { readonly document: WireDocumentInput };
export type WireAskRequest = WireAskOptions & { readonly document: WireDocumentInput };
export type WireExtractRequest = WireExtractOptions & { readonly document: WireDocumentInput };

/** The document, once it is open. */
export interface WireDocument {
  readonly name: string;
  readonly format: DocumentFormat;
  readonly byte_count: number;
  readonly page_count: number;
  /** Of the file, hexadecimal. */
  readonly sha256: string;
  readonly warnings: readonly string[];
}

export interface WireUsage {
  /** All prompt tokens, image tokens included. */
  readonly input_tokens: number;
  readonly image_tokens: number;
  readonly output_tokens: number;
  readonly cached_tokens: number;
  /** Tokens that were proposed to the model, and those of them that it chose; left out where there were none. */
  readonly drafted_tokens?: number;
  readonly accepted_tokens?: number;
}

/** How a page reached the model: the library's `ImageFacts`. */
export interface WireImage {
  readonly width_px: number;
  readonly height_px: number;
  readonly grids: readonly { readonly columns: number; readonly rows: number }[];
  readonly tiles: number;
  readonly scale: number;
  readonly scale_x?: number;
  readonly scale_y?: number;
}

/** What the model's answer about a page took. */
export interface WireWork {
  readonly finish_reason: FinishReason;
  readonly usage: WireUsage;
  readonly timings: WireTimings;
  readonly images?: readonly WireImage[];
  readonly certainty?: WireCertainty;
}

/** The result of one page, of any operation; `extract` may have flags. The one place where results grow: verdicts, evidence and lines become fields here. */
export interface WirePage extends ValueFlags {
  /** Place in the document, from 1. */
  readonly page: number;
  /** Pixels the page is rendered at; absent when it could not be opened. */
  readonly size?: PageSize;
  /** `read`: the text. `ask`: the answer. `extract`: the model's text the object was read from. Empty when the page failed. */
  readonly text: string;
  /** `read`: who read it. */
  readonly source?: 'model' | 'text' | 'lines';
  /** `read`: why that source, as a sentence. */
  readonly reason?: string;
  /** `read` with `compare`. */
  readonly comparison?: ReadingComparison;
  /** `read`: the lines with their boxes, where they were asked for or gave the text. */
  readonly lines?: WireLines;
  /** `extract`: the object; absent when the page failed, and for a page that the model was not asked about, as a blank one. */
  readonly object?: unknown;
  readonly verdict: WireVerdict;
  /** `read` and `extract`: what of it the line reader sees on the page. */
  readonly support?: WireSupport;
  /** `extract` with `evidence`: where each value stands. */
  readonly evidence?: readonly WireEvidence[];
  /** `extract`: how the checks of the schema came out. */
  readonly checks?: readonly WireCheck[];
  /** Absent where no model was asked, or where it does not say how it was shown the page. */
  readonly picture?: WirePicture;
  readonly warnings: readonly string[];
  /** The page failed; the others go on. In the shape of every other error. */
  readonly error?: ErrorEnvelope['error'];
  /** Absent where no model was asked. */
  readonly work?: WireWork;
}

/** What is said at the end. */
export interface WireSummary {
  /** Pages with a result, those that failed included. */
  readonly pages: number;
  readonly failed: number;
  /** Of all pages together. */
  readonly usage: WireUsage;
  /** What of the request was not followed. */
  readonly warnings: readonly Warning[];
}

/** What opening the model is at: `name` is a file, a part of the model, or why it waits; the counts are bytes or parts, 0 where nothing is counted. */
export interface WireLoad {
  readonly step: 'verify' | 'convert' | 'wait' | 'session';
  readonly name: string;
  readonly done: number;
  readonly total: number;
}

/** What names an answer. */
export interface WireDocumentHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

/** The whole answer to a request without `stream`. */
export interface WireDocumentAnswer extends WireDocumentHead {
  readonly object: 'document.read' | 'document.ask' | 'document.extract';
  readonly document: WireDocument;
  readonly pages: readonly WirePage[];
  readonly summary: WireSummary;
}

/**
 * One `data:` line of a stream, in this order: `wait` and `load` (when progress was asked for); one `document`; for each page its `progress` and `text`
 * (when asked for), then its `page`; one `done`; and `[DONE]`. `load` may come before the first page that the model reads as well. A comment line
 * (`: …`) is a sign of life. A failure of the whole is a `data:` line with an `ErrorEnvelope`, and the stream ends there; one that is known before the first
 * event is an ordinary response with its status.
 */
export type WireDocumentEvent =
  /** Requests that come before this one. */
  | { readonly type: 'wait'; readonly ahead: number }
  /** The model is being opened. */
  | ({ readonly type: 'load' } & WireLoad)
  | ({
      readonly type: 'document';
      readonly document: WireDocument;
      /** Numbers of the pages that were asked for, in their order. */
      readonly pages: readonly number[];
    } & WireDocumentHead)
  /** `done` of `total` pages are over; `work`: what the model does with this one. */
  | { readonly type: 'progress'; readonly page: number; readonly done: number; readonly total: number; readonly work?: WireProgress }
  /** With `enforcement: 'after'` there is none, since the first answer may not be the one that counts. */
  | { readonly type: 'text'; readonly page: number; readonly delta: string }
  | ({ readonly type: 'page' } & WirePage)
  | ({ readonly type: 'done' } & WireSummary);
