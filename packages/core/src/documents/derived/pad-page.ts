import type { Page } from '@h2ovl/contract';
import type { Raster } from '../../tiles/raster.ts';
import { derivePage, withLines } from './derive-page.ts';
import { edgeColour } from './straighten-page.ts';

/** A page with ground of the colour of its edges below it, so that it is at least so high. A page that is high enough stays as it is. */
export function padPage(page: Page, height: number): Page {
  const { size } = page;
  if (height <= size.height) return page;
  return derivePage(page, {
    name: `pad:${height}`,
    size: { width: size.width, height },
    parentSize: (atLeast) => ({ width: atLeast.width, height: Math.ceil((atLeast.height * size.height) / height) }),
    pixels: async (parent) => padPixels(parent, Math.max(parent.height, Math.round((parent.height * height) / size.height))),
    textLayer: (layer) => {
      const share = size.height / height;
      const lines = layer.lines.map(({ text, box }) => ({ text, box: { ...box, y: box.y * share, height: box.height * share } }));
      return withLines(layer, lines, 'on the page');
    },
  });
}

function padPixels(page: Raster, height: number): Raster {
  const row = page.width * 3;
  const data = new Uint8Array(row * height);
  data.set(page.data);
  const ground = edgeColour(page);
  for (let at = page.data.length; at < page.data.length + row; at += 3) data.set(ground, at);
  for (let y = page.height + 1; y < height; y += 1) data.copyWithin(y * row, page.height * row, (page.height + 1) * row);
  return { width: page.width, height, data };
}
