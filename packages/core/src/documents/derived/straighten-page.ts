import type { Page, PageBox, PagePoint, PageSize } from '@h2ovl/contract';
import { makePacer } from '../../tiles/make-pacer.ts';
import type { Raster } from '../../tiles/raster.ts';
import { derivePage } from './derive-page.ts';

/**
 * A page turned by a few degrees, on ground of the colour of its edges, and as large as it then is.
 * @param degrees clockwise, -45 to 45
 */
export function straightenPage(page: Page, degrees: number): Page {
  if (degrees === 0) return page;
  const turn = slantTurn(page.size, degrees);
  return derivePage(page, {
    name: `straighten:${degrees}`,
    size: turn.size,
    parentSize: (atLeast) => ({
      width: Math.ceil((page.size.width * atLeast.width) / turn.size.width),
      height: Math.ceil((page.size.height * atLeast.height) / turn.size.height),
    }),
    pixels: (parent, signal) => turnPixels(parent, degrees, signal),
    textLayer: (layer) => ({ ...layer, lines: layer.lines.map((line) => ({ ...line, box: turnBox(line.box, page.size, degrees) })) }),
  });
}

/** A turn by a few degrees: the size of the page afterwards, and where a point of it comes to lie. */
export function slantTurn({ width, height }: PageSize, degrees: number): { readonly size: PageSize; place(point: PagePoint): PagePoint } {
  const { cos, sin, size } = geometryOf({ width, height }, degrees);
  return {
    size,
    place: ([x, y]) => {
      const [dx, dy] = [x - width / 2, y - height / 2];
      return [dx * cos - dy * sin + size.width / 2, dx * sin + dy * cos + size.height / 2];
    },
  };
}

function geometryOf({ width, height }: PageSize, degrees: number): { readonly cos: number; readonly sin: number; readonly size: PageSize } {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const size = {
    width: Math.ceil(width * cos + height * Math.abs(sin)),
    height: Math.ceil(height * cos + width * Math.abs(sin)),
  };
  return { cos, sin, size };
}

/** Each pixel is mixed from the four that it lies between. */
async function turnPixels(page: Raster, degrees: number, signal: AbortSignal | undefined): Promise<Raster> {
  const { cos, sin, size } = geometryOf(page, degrees);
  const pacer = makePacer(signal);
  const ground = edgeColour(page);
  const target = new Uint8Array(size.width * size.height * 3);
  const { width, height, data } = page;
  for (let y = 0, to = 0; y < size.height; y += 1) {
    const dy = y + 0.5 - size.height / 2;
    for (let x = 0; x < size.width; x += 1, to += 3) {
      const dx = x + 0.5 - size.width / 2;
      const fromX = dx * cos + dy * sin + width / 2 - 0.5;
      const fromY = -dx * sin + dy * cos + height / 2 - 0.5;
      if (fromX < 0 || fromY < 0 || fromX > width - 1 || fromY > height - 1) {
        target.set(ground, to);
        continue;
      }
      const [left, top] = [Math.floor(fromX), Math.floor(fromY)];
      const [right, below] = [left + 1 < width ? 3 : 0, top + 1 < height ? width * 3 : 0];
      const [u, v] = [fromX - left, fromY - top];
      const at = (top * width + left) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        const one = at + channel;
        const upper = (data[one] as number) * (1 - u) + (data[one + right] as number) * u;
        const lower = (data[one + below] as number) * (1 - u) + (data[one + below + right] as number) * u;
        target[to + channel] = upper * (1 - v) + lower * v + 0.5;
      }
    }
    if (pacer.isDue()) await pacer.pause();
  }
  return { ...size, data: target };
}

/** The median of each channel along the four edges. */
export function edgeColour({ width, height, data }: Raster): readonly [number, number, number] {
  const channels: [number[], number[], number[]] = [[], [], []];
  const take = (pixel: number): void => {
    for (const [channel, values] of channels.entries()) values.push(data[pixel * 3 + channel] as number);
  };
  for (let x = 0; x < width; x += 1) {
    take(x);
    take((height - 1) * width + x);
  }
  for (let y = 0; y < height; y += 1) {
    take(y * width);
    take(y * width + width - 1);
  }
  return channels.map((values) => values.sort((a, b) => a - b)[values.length >> 1] as number) as [number, number, number];
}

/** The upright box around a box that was turned. */
function turnBox({ x, y, width, height }: PageBox, size: PageSize, degrees: number): PageBox {
  const turn = slantTurn(size, degrees);
  const corners = [
    [x, y],
    [x + width, y],
    [x, y + height],
    [x + width, y + height],
  ].map(([u, v]) => turn.place([(u as number) * size.width, (v as number) * size.height]));
  const [xs, ys] = [corners.map(([u]) => u / turn.size.width), corners.map(([, v]) => v / turn.size.height)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { x: left, y: top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
}
