import type { PagePixels } from '@h2ovl/contract';
import type { PdfPage } from './pdf-page.ts';
import { memoryOf, type Pdfium, withMemory } from './pdfium.ts';

const bgr = 2;
const white = 0xffffffff;
const withAnnotations = 0x01;
/** Red comes first, as everywhere else here. */
const reverseByteOrder = 0x10;

/** Draws a page with its annotations and form fields on white. `width` and `height` are pixels. */
export function renderPage(pdfium: Pdfium, page: PdfPage, width: number, height: number): PagePixels {
  return { width, height, data: drawPage(pdfium, page, width, height), warnings: [] };
}

/** @returns [height, width, 3] */
export function drawPage(pdfium: Pdfium, page: PdfPage, width: number, height: number): Uint8Array {
  const stride = width * 3;
  return withMemory(pdfium, (allocate) => {
    const pixels = allocate(stride * height);
    const bitmap = pdfium.FPDFBitmap_CreateEx(width, height, bgr, pixels, stride);
    if (bitmap === 0) throw new Error(`PDFium has no bitmap of ${width} x ${height} pixels`);
    try {
      pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, white);
      const flags = withAnnotations | reverseByteOrder;
      pdfium.FPDF_RenderPageBitmap(bitmap, page.pointer, 0, 0, width, height, 0, flags);
      pdfium.FPDF_FFLDraw(page.form, bitmap, page.pointer, 0, 0, width, height, 0, flags);
      return new Uint8Array(memoryOf(pdfium).buffer as ArrayBuffer, pixels, stride * height).slice();
    } finally {
      pdfium.FPDFBitmap_Destroy(bitmap);
    }
  });
}
