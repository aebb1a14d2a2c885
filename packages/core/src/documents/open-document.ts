import {
  checkOptions,
  type DocumentFacts,
  type DocumentFormat,
  type DocumentLimits,
  documentLimitNames,
  type OptionNames,
  type Page,
  type PagePixels,
  type PageSize,
  type RenderOptions,
  type TextLayer,
  VisionError,
} from '@h2ovl/contract';
import { ChildDocument } from './decoder/child-document.ts';
import type { DecoderFormat, PageOutline } from './decoder/decoder-protocol.ts';
import { type ResolvedLimits, resolveLimits, resolveMaxDecoders } from './document-limits.ts';
import { type DocumentOverlay, lockedPdf, type OverlaidFacts } from './document-overlay.ts';
import { type DocumentInput, DocumentSource } from './document-source.ts';
import type { RemoteImages } from './fetch-image.ts';
import { decodeImage, imageSize } from './images/decode-image.ts';
import { refuseFormat } from './images/read-image-header.ts';
import { checkDpi, enlarge, naturalSize } from './page-geometry.ts';
import { sniffFormat } from './sniff-format.ts';
import { judgeLayer } from './text-layer/judge-layer.ts';
import { listTiffPages } from './tiff/list-tiff-pages.ts';

/** A document that is open. Close it, or its process and its file stay. */
export interface OpenDocument extends DocumentFacts, AsyncDisposable {
  /** A page by its number from 1. @throws VisionError PAGE_NOT_FOUND, IMAGE_*, DOCUMENT_*; the signal's reason when aborted */
  page(number: number, signal?: AbortSignal): Promise<Page>;
  /**
   * Says whether `writeOverlaid` can put anything over the pages of this document, before what comes over them is made.
   * @throws VisionError INVALID_ARGUMENT (no PDF), DOCUMENT_ENCRYPTED (nobody may change it without its owner's password)
   */
  checkOverlay(): void;
  /**
   * Writes a copy of a PDF with pages of another PDF laid over its own, such as text that is not seen. The bytes of the file stay as they are, and what
   * is new is added behind them; where its table of objects is damaged, all of it is written anew. What it is encrypted with stays.
   * @throws VisionError INVALID_ARGUMENT (no PDF), PAGE_NOT_FOUND, DOCUMENT_*; what `write` throws; the signal's reason when aborted
   */
  writeOverlaid(overlay: DocumentOverlay, write: (bytes: Uint8Array) => Promise<void>, signal?: AbortSignal): Promise<OverlaidFacts>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface OpenDocumentOptions extends DocumentLimits {
  /** What to call the document in messages. @default its path or URL */
  readonly name?: string | undefined;
  /** Opens an encrypted PDF. Kept as long as the document is open, never logged. */
  readonly password?: string | undefined;
  /** Dots per inch at which drawn pages are rendered, 10 to 2400. @default 200, a scan with its own pixels; more where the model needs more */
  readonly dpi?: number | undefined;
  /**
   * Processes of this program that may decode at the same time. Beyond it, one that has nothing to do is ended for this document (its own document starts it
   * anew for its next page), and where all are at work this document waits. @default 4
   */
  readonly maxDecoders?: number | undefined;
  /** Whether https addresses are fetched, and from which private hosts. @default false */
  readonly allowRemote?: RemoteImages | undefined;
  /** Stops the opening; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What `openDocument` takes. */
export const openDocumentOptionNames: OptionNames<OpenDocumentOptions> = {
  ...documentLimitNames,
  name: true,
  password: true,
  dpi: true,
  allowRemote: true,
  maxDecoders: true,
  signal: true,
};

/**
 * Opens a document: a PDF, an image, every page of a TIFF, a HEIC photo. What it is, its first bytes say; names and media types are not believed.
 * PDF, HEIC and TIFF of several pages are decoded in a process of their own. Close it when done.
 * @throws VisionError INVALID_ARGUMENT, IMAGE_NOT_FOUND, IMAGE_UNREADABLE, IMAGE_UNSUPPORTED, IMAGE_TOO_LARGE, DOCUMENT_UNREADABLE,
 * DOCUMENT_ENCRYPTED (a password is missing or wrong), DOCUMENT_TOO_LARGE, DOCUMENT_TIMEOUT, DECODER_UNAVAILABLE; the signal's reason when aborted
 */
export async function openDocument(input: DocumentInput, options: OpenDocumentOptions = {}): Promise<OpenDocument> {
  checkOptions(options, openDocumentOptionNames, 'openDocument()');
  const limits = resolveLimits(options);
  const dpi = checkDpi(options.dpi);
  const maxDecoders = resolveMaxDecoders(options.maxDecoders);
  const { name, password, allowRemote = false, signal } = options;
  const source = await DocumentSource.open(input, { name, maxBytes: limits.maxBytes, allowRemote, signal });
  try {
    const sniffed = sniffFormat(await source.head());
    if (sniffed.kind === 'other' || sniffed.kind === 'unread') throw refuseFormat(sniffed, source.name);
    const { format } = sniffed;
    // A file that another process reads stays where it is.
    if (format !== 'pdf') await source.bytes(signal);
    const sha256 = await source.digest(signal);
    const parts = { source, format, sha256, limits, dpi, maxDecoders };
    if (format === 'pdf' || format === 'heic') return await ChildPages.open(parts, format, password, signal);
    if (format === 'tiff') {
      const { pages, warnings, bytes } = listTiffPages(await source.bytes(signal), source.name);
      if (pages.length > 1) return await ChildPages.open(parts, 'tiff', password, signal);
      if (pages[0]?.refusal !== undefined) throw pages[0].refusal;
      return new ImagePages(parts, bytes, { directory: pages[0]?.directory, warnings });
    }
    return new ImagePages(parts, await source.bytes(signal));
  } catch (error) {
    await source.close();
    throw error;
  }
}

interface DocumentParts {
  readonly source: DocumentSource;
  readonly format: DocumentFormat;
  readonly sha256: string;
  readonly limits: ResolvedLimits;
  readonly dpi: number | undefined;
  readonly maxDecoders: number;
}

abstract class DocumentPages implements OpenDocument {
  readonly name: string;
  readonly format: DocumentFormat;
  readonly byteCount: number;
  readonly sha256: string;
  abstract readonly pageCount: number;
  abstract readonly warnings: readonly string[];
  protected readonly parts: DocumentParts;

  constructor(parts: DocumentParts) {
    this.parts = parts;
    this.name = parts.source.name;
    this.format = parts.format;
    this.byteCount = parts.source.byteCount;
    this.sha256 = parts.sha256;
  }

  async page(number: number, signal?: AbortSignal): Promise<Page> {
    signal?.throwIfAborted();
    this.checkNumber(number);
    return this.open(number, signal);
  }

  /** @throws VisionError PAGE_NOT_FOUND */
  protected checkNumber(number: number): void {
    if (Number.isSafeInteger(number) && number >= 1 && number <= this.pageCount) return;
    const has = this.pageCount === 1 ? 'one page' : `${this.pageCount} pages`;
    throw new VisionError('PAGE_NOT_FOUND', `${this.name} has ${has}; there is no page ${number}.`, {
      hint: `Pages count from 1 to ${this.pageCount}.`,
    });
  }

  checkOverlay(): void {
    throw noPdf(this.name);
  }

  writeOverlaid(_overlay: DocumentOverlay, _write: unknown, _signal?: AbortSignal): Promise<OverlaidFacts> {
    return Promise.reject(noPdf(this.name));
  }

  protected abstract open(number: number, signal: AbortSignal | undefined): Promise<Page>;

  protected pageName(number: number): string {
    return this.pageCount === 1 ? this.name : `${this.name}, page ${number}`;
  }

  async close(): Promise<void> {
    await this.parts.source.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** An image, decoded in this process after its header was held to the limits. */
class ImagePages extends DocumentPages {
  override readonly pageCount: number = 1;
  override readonly warnings: readonly string[];
  readonly #directory: number | undefined;
  #bytes: Uint8Array | undefined;

  constructor(
    parts: DocumentParts,
    bytes: Uint8Array,
    { directory, warnings = [] }: { readonly directory?: number | undefined; readonly warnings?: readonly string[] } = {},
  ) {
    super(parts);
    this.#bytes = bytes;
    this.#directory = directory;
    this.warnings = warnings;
  }

  protected override async open(number: number, signal: AbortSignal | undefined): Promise<Page> {
    const { sha256, limits } = this.parts;
    const { name } = this;
    const bytes = this.#need();
    const options = { name, maxPixels: limits.maxPixels, directory: this.#directory };
    const size = await imageSize(bytes, options);
    signal?.throwIfAborted();
    return {
      number,
      name,
      size,
      key: sha256,
      render: async ({ signal: stop }: RenderOptions = {}): Promise<PagePixels> => {
        const { raster, warnings } = await decodeImage(this.#need(), { ...options, signal: stop });
        return { ...raster, warnings };
      },
      textLayer: async () => undefined,
    };
  }

  #need(): Uint8Array {
    if (this.#bytes !== undefined) return this.#bytes;
    throw new VisionError('DISPOSED', `${this.name} was closed.`, { hint: 'Open it again.' });
  }

  override async close(): Promise<void> {
    this.#bytes = undefined;
    await super.close();
  }
}

/** Pages that another process decodes. */
class ChildPages extends DocumentPages {
  override readonly pageCount: number;
  override readonly warnings: readonly string[];
  readonly #child: ChildDocument;

  private constructor(parts: DocumentParts, child: ChildDocument) {
    super(parts);
    this.#child = child;
    this.pageCount = child.pageCount;
    this.warnings = child.warnings;
  }

  static async open(
    parts: DocumentParts,
    format: DecoderFormat,
    password: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ChildPages> {
    const { source, limits, maxDecoders } = parts;
    const child = await ChildDocument.open({ format, name: source.name, source: source.content, password, limits, maxDecoders }, signal);
    return new ChildPages(parts, child);
  }

  protected override async open(number: number, signal: AbortSignal | undefined): Promise<Page> {
    const { limits, dpi, sha256 } = this.parts;
    const name = this.pageName(number);
    const child = this.#child;
    const outline = await child.page(number - 1, signal);
    const size = naturalSize(name, outline, dpi, limits.maxPixels);
    return {
      number,
      name,
      size,
      key: `${sha256}:${number}:${size.width}x${size.height}`,
      render: async ({ atLeast, signal: stop }: RenderOptions = {}) => {
        const { width, height } = chooseSize(outline, size, atLeast, limits.maxPixels);
        return child.render(number - 1, width, height, stop);
      },
      textLayer: async (stop): Promise<TextLayer | undefined> => {
        const text = await child.text(number - 1, stop);
        return text === undefined ? undefined : judgeLayer(text);
      },
    };
  }

  override checkOverlay(): void {
    if (this.parts.format !== 'pdf') throw noPdf(this.name);
    if (this.#child.isLocked) throw lockedPdf(this.name);
  }

  override async writeOverlaid(
    { pdf, pages }: DocumentOverlay,
    write: (bytes: Uint8Array) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<OverlaidFacts> {
    const { source, format } = this.parts;
    if (format !== 'pdf') throw noPdf(this.name);
    for (const number of pages) this.checkNumber(number);
    if (pages.length === 0) {
      for await (const part of source.parts(source.byteCount, signal)) await write(part);
      return { warnings: [] };
    }
    const { keptBytes, added, isSigned } = await this.#child.overlay({ pdf, pages: pages.map((number) => number - 1) }, signal);
    for await (const part of source.parts(keptBytes, signal)) await write(part);
    await write(added);
    if (!isSigned) return { warnings: [] };
    return {
      warnings: [
        keptBytes > 0
          ? `${this.name} is signed: its signatures hold for what was there before, not for what was added.`
          : `${this.name} is signed: it had to be written anew, and its signatures no longer hold.`,
      ],
    };
  }

  override async close(): Promise<void> {
    this.#child.close();
    await super.close();
  }
}

function chooseSize(outline: PageOutline, size: PageSize, atLeast: PageSize | undefined, maxPixels: number): PageSize {
  return outline.unit === 'px' ? size : enlarge(size, atLeast, maxPixels);
}

function noPdf(name: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', `${name} is no PDF: nothing can be laid over its pages.`, {
    hint: 'Make a PDF of its pages first.',
  });
}
