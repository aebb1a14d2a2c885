import type { PageOverlay, PdfAddition } from '../decoder/decoder-protocol.ts';
import { lockedPdf } from '../document-overlay.ts';
import { completeXrefStream } from './complete-xref-stream.ts';
import { PageMap, type PdfFile, type PdfPage, withPage } from './pdf-page.ts';
import { memoryOf, type Pdfium, withMemory } from './pdfium.ts';

/** What FPDF_SaveAsCopy takes: new objects behind the bytes of the file, or all of it anew. */
const [incremental, anew] = [1, 2];
/** Of a document's permissions: its content may be changed. */
const mayChange = 8;

/** Where the file's own bytes are in PDFium's memory. */
export interface OwnBytes {
  readonly pointer: number;
  readonly byteCount: number;
}

/** Whether nobody may change a document without its owner's password. */
export function isLocked(pdfium: Pdfium, document: number): boolean {
  return (pdfium.FPDF_GetDocPermissions(document) & mayChange) === 0;
}

/**
 * Lays pages of another PDF over pages of this one and says which bytes make the new file. The document in memory is changed: it is of no use for
 * anything else afterwards.
 * @throws VisionError DOCUMENT_ENCRYPTED (its content may not be changed), DOCUMENT_UNREADABLE (a page is damaged)
 */
export function layOver(file: PdfFile, own: OwnBytes, { pdf, pages }: PageOverlay): PdfAddition {
  const { pdfium, document, name } = file;
  if (isLocked(pdfium, document)) throw lockedPdf(name);
  const isSigned = pdfium.FPDF_GetSignatureCount(document) > 0;
  withMemory(pdfium, (allocate) => {
    const pointer = allocate(pdf.length);
    new Uint8Array(memoryOf(pdfium).buffer as ArrayBuffer, pointer, pdf.length).set(pdf);
    const over = pdfium.FPDF_LoadMemDocument(pointer, pdf.length, '');
    if (over === 0) throw new Error('what is to be laid over is no PDF');
    for (const [index, page] of pages.entries()) withPage(file, page, (opened) => layOne(file, opened, over, index));
    pdfium.FPDF_CloseDocument(over);
  });
  // Numbers of a file whose table of objects is damaged lead nowhere for those who read the new table in front of it.
  const isWhole = pdfium.FPDF_DocumentHasValidCrossReferenceTable(document);
  const added = isWhole ? saveBehind(file, own) : undefined;
  if (added !== undefined) return { keptBytes: own.byteCount, added, isSigned };
  return { keptBytes: 0, added: save(file, anew).all, isSigned };
}

function layOne(file: PdfFile, page: PdfPage, over: number, index: number): void {
  const { pdfium, document, name } = file;
  const shape = pdfium.FPDF_NewXObjectFromPage(document, over, index);
  const object = shape === 0 ? 0 : pdfium.FPDF_NewFormObjectFromXObject(shape);
  if (object === 0) throw new Error(`page ${index + 1} of what is to be laid over ${name} cannot be taken`);
  const [a, b, c, d, e, f] = placeOnPage(pdfium, page, sizeOf(pdfium, over, index));
  pdfium.FPDFPageObj_Transform(object, a, b, c, d, e, f);
  pdfium.FPDFPage_InsertObject(page.pointer, object);
  if (!pdfium.FPDFPage_GenerateContent(page.pointer)) throw new Error(`${name} takes nothing over a page`);
  pdfium.FPDF_CloseXObject(shape);
}

function sizeOf(pdfium: Pdfium, document: number, index: number): { readonly width: number; readonly height: number } {
  return withMemory(pdfium, (allocate) => {
    const out = allocate(8);
    pdfium.FPDF_GetPageSizeByIndexF(document, index, out);
    const memory = memoryOf(pdfium);
    return { width: memory.getFloat32(out, true), height: memory.getFloat32(out + 4, true) };
  });
}

type Matrix = readonly [number, number, number, number, number, number];

/** Takes a page of that size, whose origin is its lower left corner, to where the page below it is shown: turned and cut as that one is. */
function placeOnPage(pdfium: Pdfium, page: PdfPage, { width, height }: { readonly width: number; readonly height: number }): Matrix {
  const [a, b, c, d, e, f] = new PageMap(pdfium, page).matrix;
  const area = a * d - b * c;
  // Back from fractions of the page as it is shown, which count from its upper left corner.
  const inverse = (x: number, y: number): readonly [number, number] => [
    (d * (x - e) - c * (y - f)) / area,
    (a * (y - f) - b * (x - e)) / area,
  ];
  const [[x, y], [right, rightUp], [up, upUp]] = [inverse(0, 1), inverse(1, 1), inverse(0, 0)];
  return [(right - x) / width, (rightUp - y) / width, (up - x) / height, (upUp - y) / height, x, y];
}

/** What comes behind the file's own bytes; undefined where PDFium does not write those as they are. */
function saveBehind(file: PdfFile, own: OwnBytes): Uint8Array | undefined {
  const { all, areOwnBytesKept } = save(file, incremental, own);
  return areOwnBytesKept ? completeXrefStream(all, own.byteCount) : undefined;
}

/** The bytes that PDFium writes, without `own`, as far as they begin with those. */
function save(
  { pdfium, document, name }: PdfFile,
  flags: number,
  own?: OwnBytes,
): { readonly all: Uint8Array; readonly areOwnBytesKept: boolean } {
  const parts: Uint8Array[] = [];
  let kept = 0;
  let areOwnBytesKept = own !== undefined;
  const take = (_: number, pointer: number, byteCount: number): number => {
    const bytes = new Uint8Array(memoryOf(pdfium).buffer as ArrayBuffer, pointer, byteCount);
    const same = own === undefined ? 0 : Math.min(byteCount, own.byteCount - kept);
    if (own !== undefined && same > 0) {
      const original = Buffer.from(memoryOf(pdfium).buffer as ArrayBuffer, own.pointer + kept, same);
      areOwnBytesKept &&= original.equals(bytes.subarray(0, same));
      kept += same;
    }
    if (byteCount > same) parts.push(bytes.slice(same));
    return 1;
  };
  const { addFunction, removeFunction } = pdfium.pdfium;
  const callback = addFunction(take, 'iiii');
  try {
    withMemory(pdfium, (allocate) => {
      const writer = allocate(8); // FPDF_FILEWRITE: its version, and the function that takes a piece
      memoryOf(pdfium).setInt32(writer, 1, true);
      memoryOf(pdfium).setInt32(writer + 4, callback, true);
      if (!pdfium.FPDF_SaveAsCopy(document, writer, flags)) throw new Error(`${name} cannot be written`);
    });
  } finally {
    removeFunction(callback);
  }
  return { all: Buffer.concat(parts), areOwnBytesKept: areOwnBytesKept && kept === own?.byteCount };
}
