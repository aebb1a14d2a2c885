import type { LineBox, PageLines, PagePixels } from '@h2ovl/core';

const lineColor = [214, 32, 32] as const;
const wordColor = [32, 96, 214] as const;

export type Pixels = Pick<PagePixels, 'width' | 'height' | 'data'>;

/** A copy of the page with a red frame around each line and a blue one around each word. */
export function drawBoxes({ width, height, data }: Pixels, { lines }: Pick<PageLines, 'lines'>): Pixels {
  const picture = { width, height, data: Uint8Array.from(data) };
  const thickness = Math.max(1, Math.round(Math.max(width, height) / 1500));
  for (const { box, words } of lines) {
    for (const word of words) drawFrame(picture, word.box, wordColor, thickness);
    drawFrame(picture, box, lineColor, thickness);
  }
  return picture;
}

/** Draws the four sides of a box. */
export function drawFrame(picture: Pixels, box: LineBox, color: readonly [number, number, number], thickness: number): void {
  for (const [index, [x1, y1]] of box.entries()) {
    const [x2, y2] = box[(index + 1) % 4] as LineBox[number];
    const steps = Math.max(1, Math.ceil(Math.hypot(x2 - x1, y2 - y1)));
    for (let step = 0; step <= steps; step += 1) {
      drawDot(picture, x1 + ((x2 - x1) * step) / steps, y1 + ((y2 - y1) * step) / steps, { color, thickness });
    }
  }
}

export interface Pen {
  readonly color: readonly [number, number, number];
  readonly thickness: number;
}

function drawDot({ width, height, data }: Pixels, x: number, y: number, { color, thickness }: Pen): void {
  const [left, top] = [Math.round(x - thickness / 2), Math.round(y - thickness / 2)];
  for (let row = Math.max(0, top); row < Math.min(height, top + thickness); row += 1) {
    for (let column = Math.max(0, left); column < Math.min(width, left + thickness); column += 1)
      data.set(color, (row * width + column) * 3);
  }
}
