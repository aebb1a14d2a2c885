import { memoryOf, type Pdfium, withMemory } from './pdfium.ts';

/** How the characters of one text object are drawn. */
export interface TextObject {
  readonly pointer: number;
  /** Not painted at all: render modes 3 and 7, or fully transparent. */
  readonly isInvisible: boolean;
  /** 0 to 255 each; undefined when the letters are not simply filled. */
  readonly color: readonly [number, number, number] | undefined;
  readonly isFontEmbedded: boolean;
}

const fillOnly: readonly number[] = [0, 4];
const notPainted: readonly number[] = [3, 7];
/** Of 255: fainter is not seen. */
const faintestAlpha = 8;

export function describeTextObject(pdfium: Pdfium, pointer: number): TextObject {
  const mode = pdfium.FPDFTextObj_GetTextRenderMode(pointer);
  const fill = readFillColor(pdfium, pointer);
  const font = pdfium.FPDFTextObj_GetFont(pointer);
  return {
    pointer,
    isInvisible: notPainted.includes(mode) || (fillOnly.includes(mode) && fill !== undefined && fill[3] < faintestAlpha),
    color: fillOnly.includes(mode) && fill !== undefined ? [fill[0], fill[1], fill[2]] : undefined,
    isFontEmbedded: font !== 0 && pdfium.FPDFFont_GetIsEmbedded(font) === 1,
  };
}

function readFillColor(pdfium: Pdfium, pointer: number): readonly [number, number, number, number] | undefined {
  return withMemory(pdfium, (allocate) => {
    const out = allocate(16);
    if (!pdfium.FPDFPageObj_GetFillColor(pointer, out, out + 4, out + 8, out + 12)) return undefined;
    const memory = memoryOf(pdfium);
    return [0, 4, 8, 12].map((at) => memory.getUint32(out + at, true)) as [number, number, number, number];
  });
}
