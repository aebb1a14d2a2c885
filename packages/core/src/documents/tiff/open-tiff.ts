import type { PagePixels } from '@h2ovl/contract';
import type { DecodedDocument } from '../decoder/decoder-protocol.ts';
import { decodeImage, imageSize } from '../images/decode-image.ts';
import { listTiffPages } from './list-tiff-pages.ts';

export interface OpenTiffOptions {
  readonly name: string;
  readonly maxPixels: number;
}

/** Opens a TIFF of several pages in this process, which is not the caller's. @throws VisionError IMAGE_UNREADABLE; its pages IMAGE_UNSUPPORTED, too */
export function openTiff(file: Uint8Array, { name, maxPixels }: OpenTiffOptions): DecodedDocument {
  const { pages, warnings, bytes } = listTiffPages(file, name);
  const options = (index: number): { name: string; maxPixels: number; directory: number } => {
    const { directory = 0, refusal } = pages[index] ?? {};
    if (refusal !== undefined) throw refusal;
    return { name: `${name}, page ${index + 1}`, maxPixels, directory };
  };
  return {
    pageCount: pages.length,
    warnings,
    page: async (index) => ({ unit: 'px', ...(await imageSize(bytes, options(index))) }),
    render: async (index): Promise<PagePixels> => {
      const { raster, warnings: notes } = await decodeImage(bytes, options(index));
      return { ...raster, warnings: notes };
    },
    text: () => undefined,
  };
}
