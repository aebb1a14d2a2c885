import type { Page, PageSize } from '@h2ovl/contract';
import type { Region } from '../../tiles/raster.ts';
import { edgeColour } from './straighten-page.ts';

/** Of 255, in each channel: paper and JPEG vary so much. */
const tolerance = 24;

/**
 * The part of a page that is needed: its middle in the given size, and beyond that as far as anything stands but the colour of its edges. Turning a page by a
 * few degrees makes it larger by corners that nobody wrote on, and what is larger is shown to a model with smaller letters.
 * @throws what rendering the page throws
 */
export async function trimGround(page: Page, needed: PageSize, signal: AbortSignal | undefined): Promise<Region> {
  const raster = await page.render({ signal });
  const { width, height, data } = raster;
  const ground = edgeColour(raster);
  const isGround = (x: number, y: number): boolean => {
    const at = (y * width + x) * 3;
    return ground.every((value, channel) => Math.abs((data[at + channel] as number) - value) <= tolerance);
  };
  const isGroundRow = (y: number): boolean => {
    for (let x = 0; x < width; x += 1) if (!isGround(x, y)) return false;
    return true;
  };
  const isGroundColumn = (x: number): boolean => {
    for (let y = 0; y < height; y += 1) if (!isGround(x, y)) return false;
    return true;
  };
  // Pixels of what was rendered, which may be others than those of the page's size.
  const [scaleX, scaleY] = [width / page.size.width, height / page.size.height];
  const [above, below] = emptyEnds(height, needed.height * scaleY, isGroundRow);
  const [before, behind] = emptyEnds(width, needed.width * scaleX, isGroundColumn);
  const [left, top] = [Math.floor(before / scaleX), Math.floor(above / scaleY)];
  return {
    left,
    top,
    width: page.size.width - left - Math.floor(behind / scaleX),
    height: page.size.height - top - Math.floor(below / scaleY),
  };
}

/** How many rows or columns at either end are empty, at most so many that `needed` are left in the middle. */
function emptyEnds(length: number, needed: number, isEmpty: (index: number) => boolean): readonly [number, number] {
  const most = Math.max(0, Math.floor(length - needed));
  let [first, last] = [0, 0];
  while (first < most >> 1 && isEmpty(first)) first += 1;
  while (last < most - (most >> 1) && isEmpty(length - 1 - last)) last += 1;
  return [first, last];
}
