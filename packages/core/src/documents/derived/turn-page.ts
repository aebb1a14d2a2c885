import type { Page, PageBox, PageRotation, PageSize } from '@h2ovl/contract';
import { makePacer } from '../../tiles/make-pacer.ts';
import type { Raster } from '../../tiles/raster.ts';
import { derivePage } from './derive-page.ts';

/** A page turned by quarter turns. By 0 degrees it is the page itself. @param rotation degrees clockwise */
export function turnPage(page: Page, rotation: PageRotation): Page {
  if (rotation === 0) return page;
  const turned = ({ width, height }: PageSize): PageSize => (rotation === 180 ? { width, height } : { width: height, height: width });
  return derivePage(page, {
    name: `turn:${rotation}`,
    size: turned(page.size),
    dpi: ({ x, y }) => (rotation === 180 ? { x, y } : { x: y, y: x }),
    parentSize: turned,
    pixels: (parent, signal) => turnPixels(parent, rotation, signal),
    textLayer: (layer) => ({ ...layer, lines: layer.lines.map((line) => ({ ...line, box: turnBox(line.box, rotation) })) }),
  });
}

async function turnPixels({ width, height, data }: Raster, rotation: 90 | 180 | 270, signal: AbortSignal | undefined): Promise<Raster> {
  const pacer = makePacer(signal);
  const size = rotation === 180 ? { width, height } : { width: height, height: width };
  const target = new Uint8Array(data.length);
  // Where the pixel comes from that stands first in a row of the target, and how far the next one is from it.
  const [down, along] = rotation === 180 ? [-width, -1] : rotation === 90 ? [1, -width] : [-1, width];
  const first = rotation === 180 ? width * height - 1 : rotation === 90 ? (height - 1) * width : width - 1;
  for (let row = 0, to = 0; row < size.height; row += 1) {
    let from = (first + row * down) * 3;
    for (let column = 0; column < size.width; column += 1, to += 3, from += along * 3) {
      target[to] = data[from] as number;
      target[to + 1] = data[from + 1] as number;
      target[to + 2] = data[from + 2] as number;
    }
    if (pacer.isDue()) await pacer.pause();
  }
  return { ...size, data: target };
}

function turnBox({ x, y, width, height }: PageBox, rotation: 90 | 180 | 270): PageBox {
  if (rotation === 180) return { x: 1 - x - width, y: 1 - y - height, width, height };
  return rotation === 90
    ? { x: 1 - y - height, y: x, width: height, height: width }
    : { x: y, y: 1 - x - width, width: height, height: width };
}
