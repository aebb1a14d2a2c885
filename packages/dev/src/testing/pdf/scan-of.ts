import sharp from 'sharp';
import { makePdf } from './make-pdf.ts';

/** A PDF with a picture on each of its pages, as a scanner makes it: no text of its own. */
export async function scanOf(pictures: readonly string[]): Promise<Uint8Array> {
  const pages = await Promise.all(
    pictures.map(async (path) => {
      const { data: rgb, info } = await sharp(path)
        .flatten({ background: '#fff' })
        .toColourspace('srgb')
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const { width, height } = info;
      const size = { width: width / 2, height: height / 2 };
      return { ...size, items: [{ type: 'picture' as const, rgb, pixels: { width, height }, x: 0, y: 0, ...size }] };
    }),
  );
  return makePdf({ pages });
}
