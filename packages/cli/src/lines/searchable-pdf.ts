import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import type { PageLines, PagePixels } from '@h2ovl/core';
import { deflateRows } from './deflate-rows.ts';
import { InvisibleText } from './invisible-text.ts';
import { PdfFile, type PdfReference, type PdfTarget } from './pdf-file.ts';

const deflateAsync = promisify(deflate);

/** Pictures do not say how large their page is: this many pixels make an inch. */
const dotsPerInch = 200;
/** Points of a page's longer side: viewers show no larger pages. */
const mostPoints = 14_400;

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

  async addPage(
    lines: Pick<PageLines, 'width' | 'height' | 'lines'>,
    picture?: Pick<PagePixels, 'width' | 'height' | 'data'>,
  ): Promise<void> {
    const file = this.#file;
    const scale = Math.min(72 / dotsPerInch, mostPoints / Math.max(lines.width, lines.height));
    const [pointsWide, pointsHigh] = [(lines.width * scale).toFixed(2), (lines.height * scale).toFixed(2)];
    const image = picture === undefined ? undefined : await this.#addPicture(picture);
    const drawing = image === undefined ? '' : `q ${pointsWide} 0 0 ${pointsHigh} 0 0 cm /Page Do Q\n`;
    const content = await deflateAsync(Buffer.from(drawing + this.#text.describe(lines, scale), 'latin1'));
    const contentReference = await file.add('<< /Filter /FlateDecode >>', content);
    const pictures = image === undefined ? '' : `/XObject << /Page ${image} 0 R >> `;
    const resources = `<< ${pictures}/Font << ${this.#text.resources(file)} >> >>`;
    this.#pages.push(
      await file.add(
        `<< /Type /Page /Parent ${this.#tree} 0 R /MediaBox [0 0 ${pointsWide} ${pointsHigh}] /Resources ${resources} /Contents ${contentReference} 0 R >>`,
      ),
    );
  }

  async #addPicture(pixels: Pick<PagePixels, 'width' | 'height' | 'data'>): Promise<PdfReference> {
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
