import { type DocumentFacts, type DocumentFormat, type Page, VisionError } from '@h2ovl/contract';
import type { ResolvedLimits } from './document-limits.ts';
import type { DocumentOverlay, OverlaidFacts } from './document-overlay.ts';
import type { DocumentSource } from './document-source.ts';

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

/** What is known of a document when its kind of pages is chosen. */
export interface DocumentParts {
  readonly source: DocumentSource;
  readonly format: DocumentFormat;
  readonly sha256: string;
  readonly limits: ResolvedLimits;
  readonly dpi: number | undefined;
  readonly maxDecoders: number;
}

/** What the pages of all documents have in common, whoever decodes them. */
export abstract class DocumentPages implements OpenDocument {
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

export function noPdf(name: string): VisionError {
  return new VisionError('INVALID_ARGUMENT', `${name} is no PDF: nothing can be laid over its pages.`, {
    hint: 'Make a PDF of its pages first.',
  });
}
