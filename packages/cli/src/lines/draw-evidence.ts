import type { LineBox, PagePixels, ValueEvidence } from '@h2ovl/core';
import { drawFrame, type Pen, type Pixels } from './draw-boxes.ts';
import { isInked, letterColumns, letterRows } from './pixel-font.ts';

const exactColor = [22, 128, 60] as const;
const nearColor = [196, 98, 0] as const;
const labelColor = [92, 104, 140] as const;
const white = [255, 255, 255] as const;

/** A copy of the page with a frame around the place of each value, its name above it, and a thin frame around its label. Values without a place are listed at the top. */
export function drawEvidence(
  { width, height, data }: Pick<PagePixels, 'width' | 'height' | 'data'>,
  evidence: readonly ValueEvidence[],
): Pixels {
  const picture = { width, height, data: Uint8Array.from(data) };
  const thickness = Math.max(1, Math.round(Math.max(width, height) / 800));
  const lost = evidence.filter(({ places }) => places.length === 0);
  for (const { path, match, places, label } of evidence) {
    const color = match === 'exact' ? exactColor : nearColor;
    if (label !== undefined) drawFrame(picture, label.box, labelColor, Math.max(1, thickness >> 1));
    for (const box of places[0]?.boxes ?? []) drawFrame(picture, box, color, thickness);
    const first = places[0]?.boxes[0];
    if (first !== undefined) drawName(picture, path, upperLeft(first), { color, thickness });
  }
  for (const [index, { path, match }] of lost.entries()) {
    const y = (index + 1) * (letterRows + 3) * thickness;
    drawName(picture, `${path}: ${match}`, { x: thickness, y }, { color: nearColor, thickness });
  }
  return picture;
}

function upperLeft(box: LineBox): { readonly x: number; readonly y: number } {
  return { x: Math.min(...box.map(([x]) => x)), y: Math.min(...box.map(([, y]) => y)) };
}

/** White letters on a strip that stands on `y`. */
function drawName(
  { width, height, data }: Pixels & { readonly data: Uint8Array },
  name: string,
  { x, y }: { readonly x: number; readonly y: number },
  { color, thickness: scale }: Pen,
): void {
  const [columns, rows] = [(name.length * letterColumns + 1) * scale, (letterRows + 2) * scale];
  const left = Math.max(0, Math.min(Math.round(x), width - columns));
  const top = Math.max(0, Math.round(y) - rows);
  for (let row = 0; row < rows && top + row < height; row += 1) {
    for (let column = 0; column < columns && left + column < width; column += 1) {
      const isLetter = isInked(name, Math.floor(column / scale) - 1, Math.floor(row / scale) - 1);
      data.set(isLetter ? white : color, ((top + row) * width + left + column) * 3);
    }
  }
}
