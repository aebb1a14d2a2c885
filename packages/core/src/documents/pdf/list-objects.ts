import type { PdfPage } from './pdf-page.ts';
import { memoryOf, type Pdfium, withMemory } from './pdfium.ts';

export type PageObjectKind = 'text' | 'path' | 'image' | 'shading' | 'form' | 'unknown';

export interface PageObject {
  readonly pointer: number;
  readonly kind: PageObjectKind;
  /** In points of the page, before rotation. */
  readonly bounds: Bounds;
}

export interface Bounds {
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
  readonly top: number;
}

const kinds: readonly PageObjectKind[] = ['unknown', 'text', 'path', 'image', 'shading', 'form'];

/** Real pages have some thousands; a map some hundred thousand. */
const maxObjects = 200_000;
/** Forms inside forms; deeper ones are not looked into. */
const maxDepth = 12;

type Matrix = readonly [number, number, number, number, number, number];
const identity: Matrix = [1, 0, 0, 1, 0, 0];

/** Everything that is painted on a page, in order, with what is inside forms. */
export function listObjects(pdfium: Pdfium, page: PdfPage): readonly PageObject[] {
  const found: PageObject[] = [];
  const visit = (pointer: number, matrix: Matrix, depth: number): void => {
    if (pointer === 0 || found.length >= maxObjects) return;
    const kind = kinds[pdfium.FPDFPageObj_GetType(pointer)] ?? 'unknown';
    found.push({ pointer, kind, bounds: transform(readBounds(pdfium, pointer), matrix) });
    if (kind !== 'form' || depth >= maxDepth) return;
    const inside = multiply(readMatrix(pdfium, pointer), matrix);
    const count = pdfium.FPDFFormObj_CountObjects(pointer);
    for (let index = 0; index < count && found.length < maxObjects; index += 1) {
      visit(pdfium.FPDFFormObj_GetObject(pointer, index), inside, depth + 1);
    }
  };
  const count = pdfium.FPDFPage_CountObjects(page.pointer);
  for (let index = 0; index < count && found.length < maxObjects; index += 1) {
    visit(pdfium.FPDFPage_GetObject(page.pointer, index), identity, 0);
  }
  return found;
}

function readBounds(pdfium: Pdfium, pointer: number): Bounds {
  return withMemory(pdfium, (allocate) => {
    const out = allocate(16);
    if (!pdfium.FPDFPageObj_GetBounds(pointer, out, out + 4, out + 8, out + 12)) return { left: 0, bottom: 0, right: 0, top: 0 };
    const memory = memoryOf(pdfium);
    const [left, bottom, right, top] = [0, 4, 8, 12].map((at) => memory.getFloat32(out + at, true)) as [number, number, number, number];
    return { left, bottom, right, top };
  });
}

function readMatrix(pdfium: Pdfium, pointer: number): Matrix {
  return withMemory(pdfium, (allocate) => {
    const out = allocate(24);
    if (!pdfium.FPDFPageObj_GetMatrix(pointer, out)) return identity;
    const memory = memoryOf(pdfium);
    return [0, 4, 8, 12, 16, 20].map((at) => memory.getFloat32(out + at, true)) as unknown as Matrix;
  });
}

/** `inner` first, then `outer`. */
function multiply(inner: Matrix, outer: Matrix): Matrix {
  const [a, b, c, d, e, f] = inner;
  const [A, B, C, D, E, F] = outer;
  return [a * A + b * C, a * B + b * D, c * A + d * C, c * B + d * D, e * A + f * C + E, e * B + f * D + F];
}

function transform({ left, bottom, right, top }: Bounds, [a, b, c, d, e, f]: Matrix): Bounds {
  const corners = [
    [left, bottom],
    [right, bottom],
    [left, top],
    [right, top],
  ].map(([x = 0, y = 0]) => ({ x: a * x + c * y + e, y: b * x + d * y + f }));
  const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)];
  return { left: Math.min(...xs), bottom: Math.min(...ys), right: Math.max(...xs), top: Math.max(...ys) };
}
