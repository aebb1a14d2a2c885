import type { VisionModel } from '@h2ovl/contract';
import { openDocument } from '@h2ovl/core/internal/documents/open-document';
import { readDocument } from '@h2ovl/core/internal/operations/read-document';
import { countEdits } from 'h2ovl/internal/measure/text-metrics';
import sharp from 'sharp';
import { joinTiffs } from '../testing/craft-tiff.ts';
import { makePdf } from '../testing/pdf/make-pdf.ts';
import { drawPages } from './drawn-pages.ts';

/** Ways in which the same page reaches the model. */
const ways = ['png', 'pdf, born digital', 'pdf, a picture', 'tiff'] as const;

export interface PairedReport {
  readonly pages: number;
  readonly ways: readonly {
    readonly way: string;
    /** Mean character error rate. */
    readonly cer: number;
    /** Mean of the difference to PNG, page by page, and the half of its 95 % interval. */
    readonly difference: number;
    readonly halfInterval: number;
    /** Pages whose text is the same, letter by letter. */
    readonly same: number;
  }[];
}

/** Reads the same drawn A4 pages as PNG, as PDF (born digital and as a picture) and as TIFF, with the model each time. */
export async function compareWays(model: VisionModel, count: number, onPage: (soFar: PairedReport) => void): Promise<PairedReport> {
  const drawn = drawPages(count);
  const born = makePdf({ pages: drawn.map(({ page }) => page) });
  const rasters = await renderAll(born);
  const pngs = await Promise.all(
    rasters.map(({ data, width, height }) =>
      sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toBuffer(),
    ),
  );
  const pictures = makePdf({
    pages: rasters.map(({ data, width, height }) => ({
      width: 595,
      height: 842,
      items: [{ type: 'picture', rgb: data, pixels: { width, height }, x: 0, y: 0, width: 595, height: 842 }],
    })),
  });
  const tiffs = await Promise.all(pngs.map((png) => sharp(png).tiff({ compression: 'deflate' }).toBuffer()));
  const documents: Readonly<Record<string, Uint8Array>> = { 'pdf, born digital': born, 'pdf, a picture': pictures, tiff: joinTiffs(tiffs) };
  const rates = new Map<string, number[]>(ways.map((way) => [way, []]));
  const texts = new Map<string, string[]>(ways.map((way) => [way, []]));
  const keep = (way: string, text: string, truth: string): void => {
    const { characterEdits, characters } = countEdits(text, truth);
    rates.get(way)?.push(characterEdits / characters);
    texts.get(way)?.push(text);
  };
  const report = (pages: number): PairedReport => ({ pages, ways: ways.map((way) => describeWay(way, rates, texts)) });
  for (const [index, { text: truth }] of drawn.entries()) {
    for await (const { text } of readDocument(pngs[index] as Uint8Array, { model, mode: 'model' })) keep('png', text, truth);
    for (const [way, bytes] of Object.entries(documents)) {
      for await (const { text, error } of readDocument(bytes, { model, mode: 'model', pages: [index + 1] })) {
        if (error !== undefined) throw new Error(`${way}, page ${index + 1}: ${error.message}`);
        keep(way, text, truth);
      }
    }
    onPage(report(index + 1));
  }
  return report(count);
}

async function renderAll(
  pdf: Uint8Array,
): Promise<readonly { readonly width: number; readonly height: number; readonly data: Uint8Array }[]> {
  const document = await openDocument(pdf, { name: 'drawn pages' });
  const rasters = [];
  try {
    for (let number = 1; number <= document.pageCount; number += 1) rasters.push(await (await document.page(number)).render());
    return rasters;
  } finally {
    await document.close();
  }
}

function describeWay(
  way: string,
  rates: ReadonlyMap<string, readonly number[]>,
  texts: ReadonlyMap<string, readonly string[]>,
): PairedReport['ways'][number] {
  const [own, png] = [rates.get(way) ?? [], rates.get('png') ?? []];
  const differences = own.map((rate, index) => rate - (png[index] as number));
  const deviation = Math.sqrt(mean(differences.map((value) => (value - mean(differences)) ** 2)));
  const same = (texts.get(way) ?? []).filter((text, index) => text === texts.get('png')?.[index]).length;
  return {
    way,
    cer: mean(own),
    difference: mean(differences),
    halfInterval: (1.96 * deviation) / Math.sqrt(Math.max(1, own.length)),
    same,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
