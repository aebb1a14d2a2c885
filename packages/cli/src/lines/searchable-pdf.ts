import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { clearRotationMargin, type PageLines } from '@h2ovl/contract';
import type { PageDpi, PagePixels } from '@h2ovl/core';
import { deflateRows } from './deflate-rows.ts';
import { InvisibleText } from './invisible-text.ts';
import { PdfFile, type PdfReference, type PdfTarget } from './pdf-file.ts';

const deflateAsync = promisify(deflate);

/** Pixels an inch of a picture that does not say how large its page is. */
const usualDpi: PageDpi = { x: 200, y: 200 };
/** Points of a page's longer side: viewers show no larger pages. */
const mostPoints = 14_400;

/** The picture of a page, and pixels an inch where its file says them. */
export type PagePicture = Pick<PagePixels, 'width' | 'height' | 'data'> & { readonly dpi?: PageDpi | undefined };

/**
 * A PDF with the lines of pages, invisible, and below them the pictures of the pages as they were. Without pictures it is made to be laid over a PDF
 * that has pages of its own.
 */
export class SearchablePdf {
  readonly #file: PdfFile;
  readonly #text = new InvisibleText();
  readonly #pages: PdfReference[] = [];
  #tree: PdfReference = 0;

  constructor(target: PdfTarget) {
    this.#file = new PdfFile(target);
  }

  async begin(): Promise<void> {
    await this.#file.begin();
    this.#tree = this.#file.reserve();
  }

  /** A picture whose writing clearly lies on its side or its head is shown turned; what is in the file lies as it did. */
  async addPage(
    lines: Pick<PageLines, 'width' | 'height' | 'rotation' | 'rotationMargin' | 'lines'>,
    picture?: PagePicture,
  ): Promise<void> {
    const file = this.#file;
    const { width, height } = lines;
    const { x, y } = picture?.dpi ?? usualDpi;
    const shrink = Math.min(1, mostPoints / Math.max((width * 72) / x, (height * 72) / y));
    const scale = { x: (72 / x) * shrink, y: (72 / y) * shrink };
    const [pointsWide, pointsHigh] = [(width * scale.x).toFixed(2), (height * scale.y).toFixed(2)];
    const image = picture === undefined ? undefined : await this.#addPicture(picture);
    const drawing = image === undefined ? '' : `q ${pointsWide} 0 0 ${pointsHigh} 0 0 cm /Page Do Q\n`;
    const content = await deflateAsync(Buffer.from(drawing + this.#text.describe(lines, scale), 'latin1'));
    // A page that keeps pages of its own below it is turned as those are.
    const turn = picture !== undefined && lines.rotationMargin >= clearRotationMargin ? lines.rotation : 0;
    const contentReference = await file.add('<< /Filter /FlateDecode >>', content);
    const pictures = image === undefined ? '' : `/XObject << /Page ${image} 0 R >> `;
    const resources = `<< ${pictures}/Font << ${this.#text.resources(file)} >> >>`;
    this.#pages.push(
      await file.add(
        `<< /Type /Page /Parent ${this.#tree} 0 R /MediaBox [0 0 ${pointsWide} ${pointsHigh}]${turn === 0 ? '' : ` /Rotate ${turn}`} /Resources ${resources} /Contents ${contentReference} 0 R >>`,
      ),
    );
  }

  async #addPicture(pixels: PagePicture): Promise<PdfReference> {
    const { width, height } = pixels;
    const predictor = `/DecodeParms << /Predictor 15 /Colors 3 /BitsPerComponent 8 /Columns ${width} >>`;
    return this.#file.add(
      `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode ${predictor} >>`,
      await deflateRows(pixels),
    );
  }

  async end(): Promise<void> {
    const file = this.#file;
    await this.#text.finish(file);
    const kids = this.#pages.map((page) => `${page} 0 R`).join(' ');
    await file.add(`<< /Type /Pages /Count ${this.#pages.length} /Kids [${kids}] >>`, undefined, this.#tree);
    await file.end(await file.add(`<< /Type /Catalog /Pages ${this.#tree} 0 R >>`));
  }
}
