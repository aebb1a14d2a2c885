import type { PageLines, PagePixels } from '@h2ovl/core';
import { deflateRows } from './deflate-rows.ts';
import { InvisibleText } from './invisible-text.ts';
import { PdfFile, type PdfReference, type PdfTarget } from './pdf-file.ts';

/** Pictures do not say how large their page is: this many pixels make an inch. */
const dotsPerInch = 200;
const scale = 72 / dotsPerInch;

/** A PDF with the pictures of pages, as they were, and their lines over them, invisible. */
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

  async addPage(pixels: Pick<PagePixels, 'width' | 'height' | 'data'>, lines: Pick<PageLines, 'height' | 'lines'>): Promise<void> {
    const file = this.#file;
    const { width, height } = pixels;
    const predictor = `/DecodeParms << /Predictor 15 /Colors 3 /BitsPerComponent 8 /Columns ${width} >>`;
    const image = await file.add(
      `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode ${predictor} >>`,
      await deflateRows(pixels),
    );
    const [pointsWide, pointsHigh] = [(width * scale).toFixed(2), (height * scale).toFixed(2)];
    const drawing = `q ${pointsWide} 0 0 ${pointsHigh} 0 0 cm /Page Do Q\n${this.#text.describe(lines, scale)}`;
    const content = await file.add('<< >>', Buffer.from(drawing, 'latin1'));
    const resources = `<< /XObject << /Page ${image} 0 R >> /Font << ${this.#text.resources(file)} >> >>`;
    this.#pages.push(
      await file.add(
        `<< /Type /Page /Parent ${this.#tree} 0 R /MediaBox [0 0 ${pointsWide} ${pointsHigh}] /Resources ${resources} /Contents ${content} 0 R >>`,
      ),
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
