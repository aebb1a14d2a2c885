import { listObjects } from './list-objects.ts';
import type { PdfPage } from './pdf-page.ts';
import { memoryOf, type Pdfium, withMemory } from './pdfium.ts';

/** Marks that an object stands in; real ones are a few. */
const maxMarks = 64;

/**
 * Takes `ActualText` away from a page's text, in this process only. It says that something else is written than the letters that are drawn: meant for ligatures
 * and hyphens, and as good for words that a person never sees. Letters whose own table says nothing are then without a value, which the health of a layer tells.
 */
export function dropReplacements(pdfium: Pdfium, page: PdfPage): void {
  for (const { pointer, kind } of listObjects(pdfium, page)) {
    if (kind !== 'text') continue;
    for (let index = Math.min(pdfium.FPDFPageObj_CountMarks(pointer), maxMarks) - 1; index >= 0; index -= 1) {
      const mark = pdfium.FPDFPageObj_GetMark(pointer, index);
      if (mark !== 0 && replacesText(pdfium, mark)) pdfium.FPDFPageObj_RemoveMark(pointer, mark);
    }
  }
}

function replacesText(pdfium: Pdfium, mark: number): boolean {
  return withMemory(pdfium, (allocate) => {
    const size = allocate(4);
    return pdfium.FPDFPageObjMark_GetParamStringValue(mark, 'ActualText', 0, 0, size) && memoryOf(pdfium).getUint32(size, true) > 0;
  });
}
