import { type PageLines, VisionError } from '@h2ovl/contract';
import type { OpenDocument, PageDpi, PagePixels } from '@h2ovl/core';
import type { OutFile } from '../answers/out-files.ts';
import { SearchablePdf } from './searchable-pdf.ts';

/** A page that was read. */
export interface ReadPage {
  /** In the document, from 1. */
  readonly number: number;
  readonly pixels: PagePixels;
  /** As the file says. */
  readonly dpi: PageDpi | undefined;
  readonly lines: PageLines;
}

/** A searchable PDF in the making. */
export interface PdfResult {
  readonly file: OutFile;
  /** Before a page is read. @throws VisionError DOCUMENT_ENCRYPTED where no page of the document takes words */
  checkMayAdd(): void;
  add(page: ReadPage): Promise<void>;
  /** A page that needs no lines, since it carries text of its own. */
  keep(): void;
  /** Returns what the caller should know. @throws VisionError DOCUMENT_UNREADABLE where no page came; DOCUMENT_*, STORAGE_UNAVAILABLE */
  end(signal: AbortSignal): Promise<readonly string[]>;
}

/** Begins the result of a document: a PDF keeps its own pages, of anything else the pictures are taken. */
export async function beginPdf(document: OpenDocument, file: OutFile): Promise<PdfResult> {
  if (document.format === 'pdf') return OverlaidPdf.begin(document, file);
  return PicturePdf.begin(file);
}

/** Written page by page: their pixels are in memory one at a time. */
class PicturePdf implements PdfResult {
  readonly file: OutFile;
  readonly #pdf: SearchablePdf;
  #pages = 0;

  private constructor(file: OutFile) {
    this.file = file;
    this.#pdf = new SearchablePdf(file);
  }

  static async begin(file: OutFile): Promise<PicturePdf> {
    const result = new PicturePdf(file);
    await result.#pdf.begin();
    return result;
  }

  checkMayAdd(): void {}

  async add({ pixels, dpi, lines }: ReadPage): Promise<void> {
    await this.#pdf.addPage(lines, { ...pixels, dpi });
    this.#pages += 1;
  }

  keep(): void {
    throw new Error('pictures carry no text of their own');
  }

  async end(): Promise<readonly string[]> {
    if (this.#pages === 0) throw await nothingRead(this.file);
    await this.#pdf.end();
    await this.file.finish();
    return [];
  }
}

/** A copy of a PDF: its lines are collected, and laid over its own pages at the end. */
class OverlaidPdf implements PdfResult {
  readonly file: OutFile;
  readonly #document: OpenDocument;
  readonly #parts: Uint8Array[] = [];
  readonly #pdf = new SearchablePdf({ write: async (bytes) => void this.#parts.push(bytes) });
  readonly #pages: number[] = [];
  #kept = 0;

  private constructor(document: OpenDocument, file: OutFile) {
    this.#document = document;
    this.file = file;
  }

  static async begin(document: OpenDocument, file: OutFile): Promise<OverlaidPdf> {
    const result = new OverlaidPdf(document, file);
    await result.#pdf.begin();
    return result;
  }

  checkMayAdd(): void {
    this.#document.checkOverlay();
  }

  async add({ number, lines }: ReadPage): Promise<void> {
    await this.#pdf.addPage(lines);
    this.#pages.push(number);
  }

  keep(): void {
    this.#kept += 1;
  }

  async end(signal: AbortSignal): Promise<readonly string[]> {
    if (this.#pages.length + this.#kept === 0) throw await nothingRead(this.file);
    await this.#pdf.end();
    const overlay = { pdf: Buffer.concat(this.#parts), pages: this.#pages };
    const { warnings } = await this.#document.writeOverlaid(overlay, (bytes) => this.file.write(bytes), signal);
    await this.file.finish();
    if (this.#kept === 0) return warnings;
    const own = this.#kept === 1 ? 'One page carries text already and stays' : `${this.#kept} pages carry text already and stay`;
    return [...warnings, `${own} as in the file.`];
  }
}

async function nothingRead(file: OutFile): Promise<VisionError> {
  await file.drop();
  return new VisionError('DOCUMENT_UNREADABLE', `${file.path} was not written: none of its pages came into it.`, {
    hint: 'See the errors of its pages.',
  });
}
