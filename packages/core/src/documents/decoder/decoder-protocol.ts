import type { PageDpi, PagePixels, VisionErrorCode } from '@h2ovl/contract';
import type { PageText } from '../text-layer/page-text.ts';

/** Formats that are decoded in a process of their own. */
export type DecoderFormat = 'pdf' | 'tiff' | 'heic';

/** Where the process finds the file: bytes that are sent along, or a file that is open in it already. */
export type DecoderInput = { readonly bytes: Uint8Array } | { readonly descriptor: number; readonly byteCount: number };

export interface DecoderStart {
  /** Bytes of memory after which the process ends itself. */
  readonly maxMemoryBytes: number;
}

export type DecoderRequest =
  | {
      readonly type: 'open';
      readonly format: DecoderFormat;
      /** What to call the file in messages. */
      readonly name: string;
      readonly input: DecoderInput;
      readonly password: string | undefined;
      readonly maxPixels: number;
    }
  | { readonly type: 'page'; readonly index: number }
  /** Pixels: a page that is drawn is drawn at this size; a picture has one size. */
  | { readonly type: 'render'; readonly index: number; readonly width: number; readonly height: number }
  | { readonly type: 'text'; readonly index: number }
  | { readonly type: 'overlay'; readonly overlay: PageOverlay };

/** Pages of a PDF that come over pages of another one. */
export interface PageOverlay {
  /** Its pages are taken in order, each stretched to the size that the page below it is shown at. */
  readonly pdf: Uint8Array;
  /** The pages they come over, from 0. */
  readonly pages: readonly number[];
}

/** The new file: the first bytes of the old one, and what comes behind them. */
export interface PdfAddition {
  readonly keptBytes: number;
  readonly added: Uint8Array;
  /** Whether the file carries signatures; they hold for the kept bytes only. */
  readonly isSigned: boolean;
}

export interface OpenedDocument {
  readonly pageCount: number;
  readonly warnings: readonly string[];
  /** A PDF that nobody may change without its owner's password. */
  readonly isLocked?: boolean | undefined;
}

/** What is known of a page before it is rendered. */
export interface PageOutline {
  /** A page that is drawn has points (1/72 inch) and may be rendered at any size; a picture has pixels. */
  readonly unit: 'pt' | 'px';
  readonly width: number;
  readonly height: number;
  /** Of a picture whose file says it. */
  readonly dpi?: PageDpi;
  /** Of a page that is mostly one picture: the pixels to each side that show the whole page without losing any of the picture's. */
  readonly scan?: { readonly width: number; readonly height: number };
}

/** What each request is answered with. */
export interface DecoderAnswers {
  readonly open: OpenedDocument;
  readonly page: PageOutline;
  readonly render: PagePixels;
  /** Undefined for formats without a text layer. */
  readonly text: PageText | undefined;
  readonly overlay: PdfAddition;
}

export type DecoderReply =
  | { readonly isOk: true; readonly value: DecoderAnswers[DecoderRequest['type']]; readonly memoryBytes: number }
  | {
      readonly isOk: false;
      /** Not a refusal, but a failure of the decoder itself. */
      readonly isUnexpected: boolean;
      readonly code: VisionErrorCode;
      readonly message: string;
      readonly hint: string | undefined;
      readonly memoryBytes: number;
    };

/** A document that is open in the process. Pages count from 0 here. */
export interface DecodedDocument extends OpenedDocument {
  page(index: number): PageOutline | Promise<PageOutline>;
  render(index: number, width: number, height: number): PagePixels | Promise<PagePixels>;
  text(index: number): PageText | undefined;
  /** Undefined for formats that take nothing over their pages. The document is of no use for anything else afterwards. */
  overlay?(overlay: PageOverlay): PdfAddition;
}
