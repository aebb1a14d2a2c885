import type { Certainty } from './certainty.ts';
import type { InvalidOutput } from './errors.ts';
import type { GenerationEvent } from './events.ts';
import type { ValueCheck, ValueEvidence } from './evidence.ts';
import type { PageLines } from './lines.ts';
import type { PagePicture } from './picture.ts';
import type { FinishReason, ImageFacts, Timings, Usage, ValueFlags } from './result.ts';
import type { PageSupport } from './support.ts';
import type { PageVerdict } from './verdict.ts';

/** Pixels to each side. */
export interface PageSize {
  readonly width: number;
  readonly height: number;
}

/** Pixels an inch of the paper: across and down the page as it is shown. A fax has twice as many across. */
export interface PageDpi {
  readonly x: number;
  readonly y: number;
}

/** The pixels of a page, and what the caller should know about how they were got. */
export interface PagePixels extends PageSize {
  /** [height, width, 3], 8-bit RGB, row after row. */
  readonly data: Uint8Array;
  readonly warnings: readonly string[];
}

/** How a page is rendered. */
export interface RenderOptions {
  /** The fewest pixels each side must have. A page that is drawn is drawn that large; a picture has the pixels it has. */
  readonly atLeast?: PageSize | undefined;
  /** Stops the work; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** One page of a document that is open in this process. */
export interface Page {
  /** Place in the document, from 1. */
  readonly number: number;
  /** What to call the page in messages: the document, and which page of it when there are several. */
  readonly name: string;
  /** Pixels the page is rendered at when no more are asked for. */
  readonly size: PageSize;
  /** Of a picture: how large its paper is, by its file. Undefined where the file says nothing that can be true, and of a page that is drawn. */
  readonly dpi?: PageDpi | undefined;
  /** Digest of everything the pixels depend on: pages with the same key look the same. */
  readonly key: string;
  /** @throws VisionError IMAGE_*, DOCUMENT_*; DISPOSED when the document was closed; the signal's reason when aborted */
  render(options?: RenderOptions): Promise<PagePixels>;
  /** What the file itself says is written on the page; undefined for formats that say nothing. @throws as `render` does */
  textLayer(signal?: AbortSignal): Promise<TextLayer | undefined>;
}

/** A place on a page as fractions of its width and height, from the upper left corner of the page as it is shown. */
export interface PageBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One line of a page's text layer. */
export interface TextLayerLine {
  readonly text: string;
  readonly box: PageBox;
}

/** Why text of a layer is not what a person sees on the page. */
export type HiddenReason = 'invisible' | 'same-color' | 'covered' | 'off-page' | 'tiny';

/** Text in the file that a person who looks at the page does not see. */
export interface HiddenText {
  readonly text: string;
  readonly reason: HiddenReason;
}

/** The text that a file carries for a page, and whether to believe it. */
export interface TextLayer {
  /** What a person sees, too, in reading order. */
  readonly lines: readonly TextLayerLine[];
  /** The lines, one below the other. */
  readonly text: string;
  /** Text that a person does not see. It is never part of `text`. */
  readonly hidden: readonly HiddenText[];
  /** `healthy`: as good as the file; `broken`: there, but not what stands on the page; `missing`: nothing to see. */
  readonly health: 'healthy' | 'broken' | 'missing';
  /** Why it is not healthy, as a sentence without its end. */
  readonly reason: string | undefined;
  /** What to know about the text even when it is healthy. */
  readonly warnings: readonly string[];
}

/** Formats of documents. */
export type DocumentFormat = 'pdf' | 'heic' | 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'avif' | 'bmp' | 'pnm';

/** What is known of a document when it is open. */
export interface DocumentFacts {
  /** Path, URL or what the caller called it. */
  readonly name: string;
  readonly format: DocumentFormat;
  readonly byteCount: number;
  readonly pageCount: number;
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  /** What holds for the whole document. */
  readonly warnings: readonly string[];
}

/**
 * Where a page's text comes from. `model`: the model reads the picture of the page. `text`: what the file itself says, without a model.
 * `lines`: the line reader, which knows print and no language. `auto`: what the file says where that is healthy, else the model; the lines where none was chosen.
 */
export type ReadMode = 'auto' | 'model' | 'text' | 'lines';

/** Why a page has no result. */
export interface PageError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  /** With OUTPUT_INVALID: the text that came, how it misses the schema and, for an answer that was cut, the value as far as it came. */
  readonly output?: InvalidOutput | undefined;
}

/** What the model's answer about a page took. */
export interface ModelWork {
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  readonly timings: Timings;
  /** How the page reached the model; left out by models behind a server. */
  readonly images?: readonly ImageFacts[] | undefined;
  /** How sure the model was; left out where it is not known. */
  readonly certainty?: Certainty | undefined;
}

/** What every result of a page says. */
export interface PageResult {
  /** Place in the document, from 1. */
  readonly page: number;
  readonly document: DocumentFacts;
  /** Pixels the page is rendered at when no more are asked for; undefined when it could not be opened. */
  readonly size?: PageSize | undefined;
  /** What the result is worth, why, and what was tried before it. */
  readonly verdict: PageVerdict;
  /** What the caller should know about this page's result. */
  readonly warnings: readonly string[];
  /** The page failed; the others go on. Everything else is then empty. */
  readonly error?: PageError | undefined;
  /** What became of the page before the model saw it; undefined where no model was asked, or it does not say how it was shown. */
  readonly picture?: PagePicture | undefined;
  /** Undefined where no model was asked. */
  readonly work?: ModelWork | undefined;
}

/** The text of one page. */
export interface PageReading extends PageResult {
  readonly text: string;
  /** Who read it; undefined when the page failed. */
  readonly source?: 'model' | 'text' | 'lines' | undefined;
  /** Why that source, as a sentence. */
  readonly reason?: string | undefined;
  /** The lines of the page with their boxes: where they were read, or asked for beside another source. */
  readonly lines?: PageLines | undefined;
  /** The model's reading beside the line reader's; where both looked. */
  readonly support?: PageSupport | undefined;
  /** How the two readings of the page agree; only when that was asked for and both exist. */
  readonly comparison?: ReadingComparison | undefined;
}

/** The model's reading of a page beside its text layer. */
export interface ReadingComparison {
  /** Share of the words of both readings that the other one has in the same order, 0 to 1. */
  readonly agreement: number;
  /** The lines of the text layer, with the share of each one's words that the model read in the same place, 0 to 1. */
  readonly lines: readonly { readonly text: string; readonly agreement: number }[];
  /** Words in order: in both, in the text layer only (`-`), in the model's reading only (`+`). */
  readonly diff: readonly { readonly side: '=' | '-' | '+'; readonly text: string }[];
}

/** The model's answer to a question about one page. */
export interface PageAnswer extends PageResult {
  readonly text: string;
}

/** The object that was taken from one page. */
export interface PageObject<T = unknown> extends PageResult, ValueFlags {
  /** Undefined when the page failed, and for a page that the model was not asked about, as a blank one: see its verdict. */
  readonly object: T | undefined;
  /** The model's text it was read from. */
  readonly text: string;
  /** The values that reached a bound of ours and may go on on the page, such as `items[3].name`; absent when there are none. */
  readonly truncated?: readonly string[] | undefined;
  /** The values beside what the line reader sees: `unseen` has those that stand nowhere; an object lacks no lines, so `missing` is empty. */
  readonly support?: PageSupport | undefined;
  /** Where each value stands; only when that was asked for. */
  readonly evidence?: readonly ValueEvidence[] | undefined;
  /** How the checks of the schema (`x-check`) came out; absent where it has none. */
  readonly checks?: readonly ValueCheck[] | undefined;
}

/** How far an operation on a document is. */
export interface DocumentProgress {
  /** Number of the page that is in work. */
  readonly page: number;
  /** Pages that are done. */
  readonly done: number;
  /** Pages that were asked for. */
  readonly total: number;
  /** What the model does with this page; absent while the page is opened or its text layer read. */
  readonly event?: Extract<GenerationEvent<unknown>, { readonly type: 'progress' | 'text-delta' }>;
}
