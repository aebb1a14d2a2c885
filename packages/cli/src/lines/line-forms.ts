import { type PageError, type PageLines, VisionError } from '@h2ovl/contract';
import type { PagePixels } from '@h2ovl/core';
import type { OutFile } from '../answers/out-files.ts';
import { packageVersion } from '../package-version.ts';
import { SearchablePdf } from './searchable-pdf.ts';
import { writeHocr } from './write-hocr.ts';

/** How lines are written. */
export type LineForm = 'text' | 'json' | 'hocr' | 'pdf';

export const formEndings: Readonly<Record<LineForm, string>> = { text: '.txt', json: '.json', hocr: '.hocr', pdf: '.pdf' };

/** A page of a file, and what came of it. */
export interface DonePage {
  readonly number: number;
  readonly lines?: PageLines | undefined;
  readonly error?: PageError | undefined;
}

/** What a file of one form becomes as text. */
export function describeFile(form: Exclude<LineForm, 'pdf'>, file: string, pages: readonly DonePage[]): string {
  if (form === 'json') return `${JSON.stringify({ file, pages: pages.map(asJson) })}\n`;
  const read = pages.flatMap(({ number, lines }) => (lines === undefined ? [] : [{ number, lines }]));
  return form === 'hocr' ? writeHocr(file, read, packageVersion()) : `${read.map(({ lines }) => lines.text).join('\n\n')}\n`;
}

function asJson({ number, lines, error }: DonePage): object {
  if (lines === undefined) return { page: number, error };
  const { width, height, rotation, rotationMargin, hasText, unreadable, warnings } = lines;
  return { page: number, width, height, rotation, rotationMargin, hasText, unreadable, warnings, lines: lines.lines };
}

/** Writes a searchable PDF page by page: their pixels are in memory one at a time. */
export class PdfPages {
  readonly #pdf: SearchablePdf;
  readonly file: OutFile;
  #pages = 0;

  private constructor(file: OutFile) {
    this.file = file;
    this.#pdf = new SearchablePdf(file);
  }

  static async begin(file: OutFile): Promise<PdfPages> {
    const pages = new PdfPages(file);
    await pages.#pdf.begin();
    return pages;
  }

  async add(pixels: PagePixels, lines: PageLines): Promise<void> {
    await this.#pdf.addPage(pixels, lines);
    this.#pages += 1;
  }

  /** @throws VisionError DOCUMENT_UNREADABLE where no page came */
  async end(): Promise<void> {
    if (this.#pages === 0) {
      await this.file.drop();
      throw new VisionError('DOCUMENT_UNREADABLE', `${this.file.path} was not written: none of its pages could be read.`, {
        hint: 'See the errors of its pages.',
      });
    }
    await this.#pdf.end();
    await this.file.finish();
  }
}
