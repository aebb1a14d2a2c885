import type { PageBox } from '@h2ovl/contract';
import { type Bounds, listObjects, type PageObject } from './list-objects.ts';
import type { PdfPage } from './pdf-page.ts';
import { memoryOf, type Pdfium, withMemory } from './pdfium.ts';
import { drawPage } from './render-page.ts';

/** Enough to see text of 3 points; a page of A4 has a million pixels. */
const pixelsPerInch = 100;
/** A poster is looked at more coarsely. */
const maxPixels = 4_000_000;

/** A page drawn twice, with its text and without it: where the two agree, there is no text to see. */
export class PagePictures {
  readonly width: number;
  readonly height: number;
  readonly objects: readonly PageObject[];
  readonly #pdfium: Pdfium;
  /** What is painted after a text object. */
  readonly #covers = new Map<number, readonly Bounds[]>();
  readonly #withText: Uint8Array;
  readonly #withoutText: Uint8Array;

  /** Afterwards the page's text objects are switched off: load the page anew to draw it. */
  constructor(pdfium: Pdfium, page: PdfPage) {
    this.#pdfium = pdfium;
    const scale = pixelsPerInch / 72;
    const shrink = Math.min(1, Math.sqrt(maxPixels / (page.size.width * page.size.height * scale * scale)));
    this.width = Math.max(1, Math.round(page.size.width * scale * shrink));
    this.height = Math.max(1, Math.round(page.size.height * scale * shrink));
    this.objects = listObjects(pdfium, page);
    this.#withText = drawPage(pdfium, page, this.width, this.height);
    for (const { pointer, kind } of this.objects) if (kind === 'text') pdfium.FPDFPageObj_SetIsActive(pointer, false);
    this.#withoutText = drawPage(pdfium, page, this.width, this.height);
  }

  /** Whether text changes any pixel in this place. */
  showsText(box: PageBox): boolean {
    let isSeen = false;
    this.#visit(box, (at) => {
      for (let channel = 0; channel < 3; channel += 1) {
        if (Math.abs((this.#withText[at + channel] as number) - (this.#withoutText[at + channel] as number)) >= visibleDifference)
          isSeen = true;
      }
    });
    return isSeen;
  }

  /** Whether this place, without its text, has this color nearly everywhere. */
  isPainted(box: PageBox, color: readonly [number, number, number]): boolean {
    let [same, all] = [0, 0];
    this.#visit(box, (at) => {
      all += 1;
      if (color.every((value, channel) => Math.abs((this.#withoutText[at + channel] as number) - value) < visibleDifference)) same += 1;
    });
    return all > 0 && same / all > 0.9;
  }

  /** Whether something is painted over a place of this text, given in points of the page. Outlines cover nothing. */
  isUnder(text: number, { x, y }: { readonly x: number; readonly y: number }): boolean {
    const covers = this.#covers.get(text) ?? this.#coversAfter(text);
    this.#covers.set(text, covers);
    return covers.some(({ left, right, bottom, top }) => x >= left && x <= right && y >= bottom && y <= top);
  }

  #coversAfter(text: number): readonly Bounds[] {
    const after = this.objects.slice(this.objects.findIndex(({ pointer }) => pointer === text) + 1);
    const isCover = ({ kind, pointer }: PageObject): boolean =>
      kind === 'image' || kind === 'shading' || (kind === 'path' && isFilled(this.#pdfium, pointer));
    return after.filter(isCover).map(({ bounds }) => bounds);
  }

  /** Luminance of the page without its text, one byte a pixel. */
  luminanceWithoutText(): Uint8Array {
    const luminance = new Uint8Array(this.width * this.height);
    for (let pixel = 0; pixel < luminance.length; pixel += 1) {
      const at = pixel * 3;
      const pixels = this.#withoutText;
      luminance[pixel] = ((pixels[at] as number) * 77 + (pixels[at + 1] as number) * 150 + (pixels[at + 2] as number) * 29) >> 8;
    }
    return luminance;
  }

  #visit({ x, y, width, height }: PageBox, visit: (at: number) => void): void {
    const left = Math.max(0, Math.floor(x * this.width));
    const top = Math.max(0, Math.floor(y * this.height));
    const right = Math.min(this.width, Math.ceil((x + width) * this.width));
    const bottom = Math.min(this.height, Math.ceil((y + height) * this.height));
    for (let row = top; row < bottom; row += 1) {
      for (let column = left; column < right; column += 1) visit((row * this.width + column) * 3);
    }
  }
}

function isFilled(pdfium: Pdfium, path: number): boolean {
  return withMemory(pdfium, (allocate) => {
    const out = allocate(8);
    return pdfium.FPDFPath_GetDrawMode(path, out, out + 4) && memoryOf(pdfium).getInt32(out, true) !== 0;
  });
}

/** Steps of 256 in a color channel that an eye can tell apart on paper. */
const visibleDifference = 20;
