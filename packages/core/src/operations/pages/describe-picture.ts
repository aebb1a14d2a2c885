import type { ImageFacts, PagePicture } from '@h2ovl/contract';
import type { CroppedPage } from './crop-pages.ts';
import { placesOf, smallestOf } from './line-places.ts';
import { smallLinePx } from './plan-crops.ts';
import type { ShownPage } from './show-page.ts';

/** Across over down, or down over across: a page that is squeezed more than that is told. */
const mostDistorted = 1.2;

/** What became of a page before the model saw it; undefined for models that do not say how they were shown it. */
export function describePicture(
  { change, lines }: ShownPage,
  images: readonly ImageFacts[] | undefined,
  crops: readonly CroppedPage[] | undefined,
): PagePicture | undefined {
  if (images === undefined || images.length === 0) return undefined;
  const scales = images.map(({ scale, scaleX = scale, scaleY = scale }) => ({ x: scaleX, y: scaleY }));
  const smallest = smallestSeen(lines, scales, crops);
  return {
    ...change,
    grids: images.map(({ grids }) => grids.reduce((most, grid) => (grid.columns * grid.rows > most.columns * most.rows ? grid : most))),
    scaleX: Math.min(...scales.map(({ x }) => x)),
    scaleY: Math.min(...scales.map(({ y }) => y)),
    ...(smallest !== undefined && { smallestLinePx: Number(smallest.toFixed(1)) }),
    ...(crops !== undefined && { crops: crops.map(({ region }) => region) }),
  };
}

function smallestSeen(
  lines: ShownPage['lines'],
  scales: readonly { readonly x: number; readonly y: number }[],
  crops: readonly CroppedPage[] | undefined,
): number | undefined {
  if (lines === undefined) return undefined;
  const places = placesOf(lines);
  const parts = scales.flatMap(({ y }, index) => {
    const region = crops?.[index]?.region;
    const within = region === undefined ? places : places.filter(({ top, bottom }) => isWithin((top + bottom) / 2, region));
    const smallest = smallestOf(within);
    return smallest === undefined ? [] : [smallest * y];
  });
  return parts.length === 0 ? undefined : Math.min(...parts);
}

const isWithin = (y: number, { top, height }: { readonly top: number; readonly height: number }): boolean => y >= top && y < top + height;

/** What a caller should know about how a page was shown. */
export function pictureWarnings(picture: PagePicture | undefined): readonly string[] {
  if (picture === undefined) return [];
  const { scaleX, scaleY, smallestLinePx, crops } = picture;
  const warnings: string[] = [];
  if (smallestLinePx !== undefined && smallestLinePx < smallLinePx) {
    const next = crops === undefined ? ' With tiles set to crops it is read in parts.' : '';
    warnings.push(
      `Its smallest line was ${smallestLinePx.toFixed(0)} pixels high for the model; below ${smallLinePx}, readings break.${next}`,
    );
  }
  const squeezed = Math.max(scaleX / scaleY, scaleY / scaleX);
  if (squeezed > mostDistorted) {
    const way = scaleX < scaleY ? 'narrower' : 'lower';
    warnings.push(`The page was squeezed to fit the tiles of the model: ${squeezed.toFixed(1)} times ${way} than it is.`);
  }
  return warnings;
}
