import { type Page, type PageBox, type PageSize, VisionError } from '@h2ovl/contract';
import { makePacer } from '../../tiles/make-pacer.ts';
import type { Raster, Region } from '../../tiles/raster.ts';
import { derivePage, withLines } from './derive-page.ts';

/**
 * A part of a page as a page of its own. Its text layer has the lines whose middle is in that part.
 * @param region whole pixels of `page.size`; a page that is drawn larger is cut at the same place
 * @throws VisionError INVALID_ARGUMENT when the region is not on the page
 */
export function cropPage(page: Page, region: Region): Page {
  const { left, top, width, height } = region;
  checkRegion(page, region);
  const { size } = page;
  return derivePage(page, {
    name: `crop:${left},${top},${width}x${height}`,
    size: { width, height },
    parentSize: (atLeast) => ({
      width: Math.ceil((size.width * atLeast.width) / width),
      height: Math.ceil((size.height * atLeast.height) / height),
    }),
    pixels: (parent, signal) => cutRegion(parent, scaleRegion(region, size, parent), signal),
    textLayer: (layer) => {
      const lines = layer.lines.flatMap(({ text, box }) => {
        const [x, y] = [(box.x + box.width / 2) * size.width - left, (box.y + box.height / 2) * size.height - top];
        return x >= 0 && x < width && y >= 0 && y < height ? [{ text, box: boxWithin(box, region, size) }] : [];
      });
      return withLines(layer, lines, 'on this part of the page');
    },
  });
}

function checkRegion({ name, size }: Page, { left, top, width, height }: Region): void {
  const isOnPage = left >= 0 && top >= 0 && width >= 1 && height >= 1 && left + width <= size.width && top + height <= size.height;
  if (isOnPage && [left, top, width, height].every(Number.isSafeInteger)) return;
  throw new VisionError(
    'INVALID_ARGUMENT',
    `The part of ${width} x ${height} pixels at ${left}, ${top} is not on ${name}, which has ${size.width} x ${size.height}.`,
    { hint: 'Name a part in whole pixels that lies within the page.' },
  );
}

/** The same part of the page drawn with other pixels. */
function scaleRegion({ left, top, width, height }: Region, size: PageSize, drawn: PageSize): Region {
  if (drawn.width === size.width && drawn.height === size.height) return { left, top, width, height };
  const [x, y] = [drawn.width / size.width, drawn.height / size.height];
  const [from, above] = [Math.min(drawn.width - 1, Math.round(left * x)), Math.min(drawn.height - 1, Math.round(top * y))];
  return {
    left: from,
    top: above,
    width: Math.max(1, Math.round((left + width) * x) - from),
    height: Math.max(1, Math.round((top + height) * y) - above),
  };
}

async function cutRegion(page: Raster, { left, top, width, height }: Region, signal: AbortSignal | undefined): Promise<Raster> {
  const pacer = makePacer(signal);
  const data = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row += 1) {
    const from = ((top + row) * page.width + left) * 3;
    data.set(page.data.subarray(from, from + width * 3), row * width * 3);
    if (pacer.isDue()) await pacer.pause();
  }
  return { width, height, data };
}

/** A box of the page as fractions of the part, cut where it leaves it. */
function boxWithin(box: PageBox, { left, top, width, height }: Region, size: PageSize): PageBox {
  const share = (value: number, from: number, length: number): number => Math.min(1, Math.max(0, (value - from) / length));
  const [x1, x2] = [share(box.x * size.width, left, width), share((box.x + box.width) * size.width, left, width)];
  const [y1, y2] = [share(box.y * size.height, top, height), share((box.y + box.height) * size.height, top, height)];
  return { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
}
