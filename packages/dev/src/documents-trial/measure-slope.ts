import { openDocument } from '@h2ovl/core/internal/documents/open-document';
import { joinTiffs } from '../testing/craft-tiff.ts';
import { makePdf } from '../testing/pdf/make-pdf.ts';
import { memoryNow } from './memory-watch.ts';
import { drawPicture } from './valid-cases.ts';

/** What many pages of one document take. */
export interface SlopeReport {
  readonly format: string;
  readonly pages: number;
  readonly fileBytes: number;
  readonly pagesPerMinute: number;
  /** Bytes of resident memory that each further page adds, by least squares over the last nine tenths of the pages. */
  readonly slope: { readonly parent: number; readonly child: number };
  readonly largest: { readonly parent: number; readonly child: number };
}

/** Renders every page of a document and reads its text, without a model. */
export async function measureSlope(format: 'pdf' | 'tiff', pages: number): Promise<SlopeReport> {
  const bytes = format === 'pdf' ? drawPdf(pages) : await drawTiff(pages);
  const document = await openDocument(bytes, { name: `${pages} pages`, maxBytes: 2_000_000_000 });
  const samples: { readonly page: number; readonly parent: number; readonly child: number }[] = [];
  const started = performance.now();
  try {
    for (let number = 1; number <= pages; number += 1) {
      const page = await document.page(number);
      await page.render();
      await page.textLayer();
      if (number % Math.max(1, Math.floor(pages / 100)) === 0) samples.push({ page: number, ...memoryNow() });
    }
  } finally {
    await document.close();
  }
  const minutes = (performance.now() - started) / 60_000;
  const settled = samples.filter(({ page }) => page > pages / 10);
  const [parents, children] = [
    settled.map(({ page, parent }) => [page, parent] as const),
    settled.map(({ page, child }) => [page, child] as const),
  ];
  return {
    format,
    pages,
    fileBytes: bytes.length,
    pagesPerMinute: pages / minutes,
    slope: { parent: slopeOf(parents), child: slopeOf(children) },
    largest: { parent: Math.max(...samples.map(({ parent }) => parent)), child: Math.max(...samples.map(({ child }) => child)) },
  };
}

function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
}

function drawPdf(count: number): Buffer {
  const pages = Array.from({ length: count }, (_, page) => ({
    items: Array.from({ length: 40 }, (__, row) => ({
      type: 'text' as const,
      text: `Page ${page + 1}, line ${row + 1}: ${((page * 7919 + row * 104729) % 1_000_003).toString(36)} and what else stands in it`,
      x: 60,
      y: 780 - row * 18,
      size: 11,
    })),
  }));
  return makePdf({ pages });
}

async function drawTiff(count: number): Promise<Buffer> {
  const page = await drawPicture()
    .resize(1240, 1752)
    .toColourspace('b-w')
    .threshold(128)
    .tiff({ compression: 'ccittfax4', bitdepth: 1 })
    .toBuffer();
  return joinTiffs(Array.from({ length: count }, () => page));
}
