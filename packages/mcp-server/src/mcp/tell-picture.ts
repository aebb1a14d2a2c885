import type { PagePicture } from '@h2ovl/contract';

/** How a page was shown to the model, in one short line: agents pay for each character. Undefined where nobody says it. */
export function tellPicture(picture: PagePicture | undefined): string | undefined {
  if (picture === undefined) return undefined;
  const { grids, scaleX, scaleY, smallestLinePx, rotation, straightenedBy, inverted, crops } = picture;
  const shown = grids.map(({ columns, rows }) => `${columns}x${rows}`);
  const same = new Set(shown).size === 1 && shown.length > 1 ? `${shown.length} parts of ${shown[0]}` : shown.join(', ');
  return [
    `${crops === undefined || crops.length < 2 || new Set(shown).size === 1 ? '' : `${crops.length} parts of `}${same} tiles`,
    `scale ${round(scaleX)}${round(scaleX) === round(scaleY) ? '' : ` across, ${round(scaleY)} down`}`,
    ...(smallestLinePx === undefined ? [] : [`smallest line ${Math.round(smallestLinePx)} px`]),
    ...(rotation === 0 ? [] : [`turned by ${rotation} degrees clockwise`]),
    ...(straightenedBy === 0 ? [] : [`straightened by ${straightenedBy} degrees`]),
    ...(inverted ? ['light and dark exchanged'] : []),
  ].join('; ');
}

const round = (scale: number): string => scale.toFixed(2);
