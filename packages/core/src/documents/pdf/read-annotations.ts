import type { TextLayerLine } from '@h2ovl/contract';
import { type PageMap, type PdfPage, placeBox } from './pdf-page.ts';
import { memoryOf, type Pdfium, readWideString, withMemory } from './pdfium.ts';

/** Numbers of the kinds of annotation that put no words of their own on a page: links, marked-up text, pop-ups, sound and the like. */
const wordless: readonly number[] = [2, 5, 6, 7, 8, 9, 10, 11, 12, 16, 18, 19, 21, 22, 23, 24];
const note = 1; // an icon; its text opens in a window
const widget = 20;
/** Hidden, or not shown on screen. */
const hiddenFlags = 0x02 | 0x20;
const maxAnnotations = 5_000;

/** What annotations add to a page: the values of form fields as lines, and how many other marks (stamps, free text, ink) were drawn over it. */
export function readAnnotations(
  pdfium: Pdfium,
  page: PdfPage,
  map: PageMap,
): { readonly fields: readonly TextLayerLine[]; readonly marks: number } {
  const fields: TextLayerLine[] = [];
  let marks = 0;
  const count = Math.min(pdfium.FPDFPage_GetAnnotCount(page.pointer), maxAnnotations);
  for (let index = 0; index < count; index += 1) {
    const annotation = pdfium.FPDFPage_GetAnnot(page.pointer, index);
    if (annotation === 0) continue;
    try {
      const kind = pdfium.FPDFAnnot_GetSubtype(annotation);
      if ((pdfium.FPDFAnnot_GetFlags(annotation) & hiddenFlags) !== 0) continue;
      if (kind === widget) {
        const field = readField(pdfium, page, annotation, map);
        if (field !== undefined) fields.push(field);
      } else if (kind !== note && !wordless.includes(kind)) marks += 1;
    } finally {
      pdfium.FPDFPage_CloseAnnot(annotation);
    }
  }
  return { fields, marks };
}

const textKinds: readonly number[] = [4, 5, 6]; // combo box, list box, text

function readField(pdfium: Pdfium, page: PdfPage, annotation: number, map: PageMap): TextLayerLine | undefined {
  if (!textKinds.includes(pdfium.FPDFAnnot_GetFormFieldType(page.form, annotation))) return undefined;
  const text = readWideString(pdfium, (pointer, bytes) => pdfium.FPDFAnnot_GetFormFieldValue(page.form, annotation, pointer, bytes)).trim();
  if (text === '') return undefined;
  return withMemory(pdfium, (allocate) => {
    const out = allocate(16);
    if (!pdfium.FPDFAnnot_GetRect(annotation, out)) return undefined;
    const memory = memoryOf(pdfium);
    const [left, top, right, bottom] = [0, 4, 8, 12].map((at) => memory.getFloat32(out + at, true)) as [number, number, number, number];
    return { text: text.replace(/\r\n?/g, '\n'), box: placeBox(map, { left, bottom, right, top }) };
  });
}
