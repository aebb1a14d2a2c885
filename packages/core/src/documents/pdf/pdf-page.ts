import { type PageBox, VisionError } from '@h2ovl/contract';
import type { Bounds } from './list-objects.ts';
import { memoryOf, type Pdfium, withMemory } from './pdfium.ts';

export interface PdfFile {
  readonly pdfium: Pdfium;
  readonly document: number;
  readonly form: number;
  readonly name: string;
}

/** A page while it is loaded. */
export interface PdfPage {
  readonly pointer: number;
  readonly form: number;
  readonly document: number;
  /** Points, as it is shown: after its rotation, cut to its crop box. */
  readonly size: { readonly width: number; readonly height: number };
}

/** PDF allows 14,400 points; files go beyond. */
const maxSidePt = 200_000;

/** Loads a page, uses it and lets it go. Pages count from 0. @throws VisionError DOCUMENT_UNREADABLE when the page is damaged */
export function withPage<T>({ pdfium, document, form, name }: PdfFile, index: number, use: (page: PdfPage) => T): T {
  const pointer = pdfium.FPDF_LoadPage(document, index);
  if (pointer === 0) throw damaged(name, index, 'it cannot be loaded');
  pdfium.FORM_OnAfterLoadPage(pointer, form);
  try {
    const [width, height] = [pdfium.FPDF_GetPageWidthF(pointer), pdfium.FPDF_GetPageHeightF(pointer)];
    const isPossible = [width, height].every((side) => Number.isFinite(side) && side > 0 && side <= maxSidePt);
    if (!isPossible) throw damaged(name, index, `its size is ${width} x ${height} points`);
    return use({ pointer, form, document, size: { width, height } });
  } finally {
    pdfium.FORM_OnBeforeClosePage(pointer, form);
    pdfium.FPDF_ClosePage(pointer);
  }
}

function damaged(name: string, index: number, why: string): VisionError {
  return new VisionError('DOCUMENT_UNREADABLE', `Page ${index + 1} of ${name} is damaged: ${why}.`, {
    hint: 'Leave the page out, or print the document to a new PDF.',
  });
}

/** Turns places in a page's own coordinates (points from the lower left, before rotation) into fractions of the page as it is shown. */
export class PageMap {
  /** [a, b, c, d, e, f]: x becomes a x + c y + e, y becomes b x + d y + f. */
  readonly matrix: readonly [number, number, number, number, number, number];

  constructor(pdfium: Pdfium, page: PdfPage) {
    const origin = toDevice(pdfium, page, 0, 0);
    const right = toDevice(pdfium, page, unitPt, 0);
    const up = toDevice(pdfium, page, 0, unitPt);
    this.matrix = [
      (right.x - origin.x) / unitPt,
      (right.y - origin.y) / unitPt,
      (up.x - origin.x) / unitPt,
      (up.y - origin.y) / unitPt,
      origin.x,
      origin.y,
    ];
  }

  /** Fractions of width and height from the upper left corner. */
  place(x: number, y: number): { readonly x: number; readonly y: number } {
    const [a, b, c, d, e, f] = this.matrix;
    return { x: a * x + c * y + e, y: b * x + d * y + f };
  }
}

/** Far apart, because the answers are whole numbers. */
const unitPt = 1000;
const devicePx = 1_000_000;

function toDevice(pdfium: Pdfium, { pointer }: PdfPage, x: number, y: number): { readonly x: number; readonly y: number } {
  return withMemory(pdfium, (allocate) => {
    const out = allocate(8);
    pdfium.FPDF_PageToDevice(pointer, 0, 0, devicePx, devicePx, 0, x, y, out, out + 4);
    const memory = memoryOf(pdfium);
    return { x: memory.getInt32(out, true) / devicePx, y: memory.getInt32(out + 4, true) / devicePx };
  });
}

/** A rectangle of the page's own coordinates as a box of the page as it is shown. */
export function placeBox(map: PageMap, { left, bottom, right, top }: Bounds): PageBox {
  const [a, b] = [map.place(left, bottom), map.place(right, top)];
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}
