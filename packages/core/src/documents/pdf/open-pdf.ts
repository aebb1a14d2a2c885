import { type PagePixels, VisionError } from '@h2ovl/contract';
import type { DecodedDocument, PageOutline } from '../decoder/decoder-protocol.ts';
import { isLocked, layOver, type OwnBytes } from './lay-over.ts';
import { withPage } from './pdf-page.ts';
import { memoryOf, type Pdfium, startPdfium, withMemory } from './pdfium.ts';
import { readPageText } from './read-page-text.ts';
import { renderPage } from './render-page.ts';
import { scanSize } from './scan-size.ts';

export interface OpenPdfOptions {
  readonly name: string;
  readonly password: string | undefined;
}

/** Puts the file's bytes where it is told; they may come from memory or from a disk. */
export interface PdfBytes {
  readonly byteCount: number;
  readonly copyTo: (target: Uint8Array) => void;
}

/** Opens a PDF in this process, which is not the caller's. @throws VisionError DOCUMENT_UNREADABLE, DOCUMENT_ENCRYPTED */
export async function openPdf(bytes: PdfBytes, { name, password }: OpenPdfOptions): Promise<DecodedDocument> {
  const pdfium = await startPdfium();
  const { document, own } = load(pdfium, bytes, name, password);
  const form = pdfium.PDFiumExt_InitFormFillEnvironment(document, pdfium.PDFiumExt_OpenFormFillInfo());
  // Fields are drawn as they print: without the tint that invites to fill them in.
  pdfium.FPDF_SetFormFieldHighlightAlpha(form, 0);
  const pageCount = pdfium.FPDF_GetPageCount(document);
  if (pageCount < 1) {
    throw new VisionError('DOCUMENT_UNREADABLE', `${name} is a PDF without pages.`, { hint: 'Get the file again from where it came.' });
  }
  const probed = [0, 1, pageCount >> 1, pageCount - 1];
  if (!probed.some((index) => canLoad(pdfium, document, index))) {
    throw new VisionError('DOCUMENT_UNREADABLE', `${name} claims ${pageCount} pages, but does not hold them.`, {
      hint: 'Get the file again from where it came.',
    });
  }
  const file = { pdfium, document, form, name };
  return {
    pageCount,
    warnings: [],
    isLocked: isLocked(pdfium, document),
    page: (index): PageOutline => withPage(file, index, (page) => ({ unit: 'pt', ...page.size, ...scanSize(pdfium, page) })),
    render: (index, width, height): PagePixels => withPage(file, index, (page) => renderPage(pdfium, page, width, height)),
    text: (index) => withPage(file, index, (page) => readPageText(pdfium, page)),
    overlay: (overlay) => layOver(file, own, overlay),
  };
}

/** The number of pages is only what the file says. Looks at the page's entry, not at what is drawn on it. */
function canLoad(pdfium: Pdfium, document: number, index: number): boolean {
  return withMemory(pdfium, (allocate) => pdfium.FPDF_GetPageSizeByIndexF(document, index, allocate(8)));
}

function load(
  pdfium: Pdfium,
  { byteCount, copyTo }: PdfBytes,
  name: string,
  password: string | undefined,
): { readonly document: number; readonly own: OwnBytes } {
  // Never freed: PDFium reads from it as long as the document is open, and the process ends with the document.
  const pointer = pdfium.pdfium.wasmExports.malloc(byteCount);
  if (pointer === 0) {
    throw new VisionError('DOCUMENT_TOO_LARGE', `${name} has ${byteCount} bytes, more than the PDF decoder has memory for.`, {
      hint: 'Split the document.',
    });
  }
  copyTo(new Uint8Array(memoryOf(pdfium).buffer as ArrayBuffer, pointer, byteCount));
  const document = pdfium.FPDF_LoadMemDocument(pointer, byteCount, password ?? '');
  if (document !== 0) return { document, own: { pointer, byteCount } };
  throw refusal(pdfium.FPDF_GetLastError(), name, password);
}

const [passwordError, securityError] = [4, 5];

function refusal(code: number, name: string, password: string | undefined): VisionError {
  if (code === passwordError) {
    return new VisionError(
      'DOCUMENT_ENCRYPTED',
      password === undefined ? `${name} is encrypted and needs a password.` : `The password does not open ${name}.`,
      { hint: password === undefined ? 'Pass its password.' : 'Check the password; capitals count.' },
    );
  }
  if (code === securityError) {
    return new VisionError('DOCUMENT_ENCRYPTED', `${name} is encrypted in a way that is not read (not by a password).`, {
      hint: 'Print it to an unprotected PDF in the program that opens it.',
    });
  }
  return new VisionError('DOCUMENT_UNREADABLE', `${name} begins as a PDF, but is damaged beyond repair (PDFium error ${code}).`, {
    hint: 'Get the file again from where it came, or print it to a new PDF.',
  });
}
