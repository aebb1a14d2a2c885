import type { Page } from '@h2ovl/contract';
import { cropPage } from '../../documents/derived/crop-page.ts';
import { padPage } from '../../documents/derived/pad-page.ts';
import { makeRaster } from '../../tiles/raster.ts';
import { placesByRows, placesOf } from './line-places.ts';
import { type PlannedCrop, planCrops, wantsCrops } from './plan-crops.ts';
import type { ShownPage } from './show-page.ts';
import type { TileRoom } from './tile-room.ts';

/** A part of a page as a picture of its own. */
export interface CroppedPage extends PlannedCrop {
  readonly page: Page;
}

/**
 * The parts of a page, cut between its lines, or between rows of blank pixels where nobody knows them; undefined where it is better shown as a whole.
 * @param choice `crops`: in parts wherever there is more than one; `auto`: where its lines would else be too small
 */
export async function cropsOfPage(
  { page, lines }: Pick<ShownPage, 'page' | 'lines'>,
  { choice, room, signal }: { readonly choice: 'auto' | 'crops'; readonly room: TileRoom; readonly signal: AbortSignal | undefined },
): Promise<readonly CroppedPage[] | undefined> {
  if (choice === 'auto' && lines === undefined) return undefined;
  const places = lines !== undefined && lines.lines.length > 0 ? placesOf(lines) : choice === 'crops' ? await placesSeen(page, signal) : [];
  if (choice === 'auto' && !wantsCrops(places, page.size, room)) return undefined;
  const crops = planCrops(places, page.size, room);
  if (crops.length < 2) return undefined;
  return crops.map((crop) => ({ ...crop, page: padPage(cropPage(page, crop.region), crop.paddedHeight) }));
}

async function placesSeen(page: Page, signal: AbortSignal | undefined): Promise<ReturnType<typeof placesByRows>> {
  const { width, height, data } = await page.render({ signal });
  const places = placesByRows(makeRaster(width, height, data));
  const [x, y] = [page.size.width / width, page.size.height / height];
  return places.map((place) => ({ ...place, left: place.left * x, right: place.right * x, top: place.top * y, bottom: place.bottom * y }));
}
