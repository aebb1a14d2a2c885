import { type Bounds, listObjects } from './list-objects.ts';
import type { PdfPage } from './pdf-page.ts';
import { memoryOf, type Pdfium, withMemory } from './pdfium.ts';

/** A picture that covers this share of a page makes it a scan. */
const scanShare = 0.85;

/**
 * For a page that is mostly one picture: its size in pixels when every pixel of the picture stays one pixel, so that a scan is not
 * resampled twice on its way to the model.
 */
export function scanSize(pdfium: Pdfium, page: PdfPage): { readonly scan?: { readonly width: number; readonly height: number } } {
  const pageArea = page.size.width * page.size.height;
  for (const { pointer, kind, bounds } of listObjects(pdfium, page)) {
    if (kind !== 'image' || areaOf(bounds) < scanShare * pageArea) continue;
    const pixels = pictureSize(pdfium, pointer);
    if (pixels === undefined) continue;
    // The picture may lie turned on the page; its longer side is the page's longer side.
    const longer = Math.max(pixels.width, pixels.height) / Math.max(bounds.right - bounds.left, bounds.top - bounds.bottom);
    return { scan: { width: page.size.width * longer, height: page.size.height * longer } };
  }
  return {};
}

export function areaOf({ left, bottom, right, top }: Bounds): number {
  return Math.max(0, right - left) * Math.max(0, top - bottom);
}

function pictureSize(pdfium: Pdfium, image: number): { readonly width: number; readonly height: number } | undefined {
  return withMemory(pdfium, (allocate) => {
    const out = allocate(8);
    if (!pdfium.FPDFImageObj_GetImagePixelSize(image, out, out + 4)) return undefined;
    const memory = memoryOf(pdfium);
    const [width, height] = [memory.getUint32(out, true), memory.getUint32(out + 4, true)];
    return width > 0 && height > 0 ? { width, height } : undefined;
  });
}
