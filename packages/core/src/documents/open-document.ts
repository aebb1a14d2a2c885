import { checkOptions, type DocumentLimits, documentLimitNames, type OptionNames } from '@h2ovl/contract';
import { ChildPages } from './child-pages.ts';
import { resolveLimits, resolveMaxDecoders } from './document-limits.ts';
import type { OpenDocument } from './document-pages.ts';
import { type DocumentInput, DocumentSource } from './document-source.ts';
import type { RemoteImages } from './fetch-image.ts';
import { ImagePages } from './image-pages.ts';
import { refuseFormat } from './images/read-image-header.ts';
import { checkDpi } from './page-geometry.ts';
import { sniffFormat } from './sniff-format.ts';
import { listTiffPages } from './tiff/list-tiff-pages.ts';

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
