import type { LineBox, PagePoint, PageRotation } from '@h2ovl/contract';

/** Names the corners of a box, which are ordered as on the page given, as they stand once the page is turned by `rotation`. */
export function orient([a, b, c, d]: LineBox, rotation: PageRotation): LineBox {
  if (rotation === 90) return [d, a, b, c];
  if (rotation === 180) return [c, d, a, b];
  return rotation === 270 ? [b, c, d, a] : [a, b, c, d];
}

/** A point of the page given as one of the page turned clockwise by `rotation`. */
export function setUpright(
  [x, y]: PagePoint,
  rotation: PageRotation,
  page: { readonly width: number; readonly height: number },
): PagePoint {
  if (rotation === 90) return [page.height - y, x];
  if (rotation === 180) return [page.width - x, page.height - y];
  return rotation === 270 ? [y, page.width - x] : [x, y];
}
