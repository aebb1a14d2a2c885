import {
  clearRotationMargin,
  type Page,
  type PageLines,
  type PagePicture,
  type PagePoint,
  type PageRotation,
  type RotateChoice,
} from '@h2ovl/contract';
import { cropPage } from '../../documents/derived/crop-page.ts';
import { invertPage } from '../../documents/derived/invert-page.ts';
import { slantTurn, straightenPage } from '../../documents/derived/straighten-page.ts';
import { trimGround } from '../../documents/derived/trim-ground.ts';
import { turnPage } from '../../documents/derived/turn-page.ts';
import { slantOf } from '../../lines/arrange/order-lines.ts';
import { setUpright } from '../../lines/arrange/upright.ts';
import { mapLines } from './map-lines.ts';
import { isLightOnDark } from './text-colours.ts';

/** Degrees. Less makes no difference to a model; more than this is not how pages are put down. */
const [leastSlant, mostSlant] = [1.5, 10];
/** Lines that a slant is taken from, at least. */
const fewestSlanted = 3;

/** A page as a model is shown it. */
export interface ShownPage {
  readonly page: Page;
  /** Its lines as they stand on that page, where they are known. */
  readonly lines: PageLines | undefined;
  /** Where a point of the page as it was given stands on that page. */
  readonly place: (point: PagePoint) => PagePoint;
  readonly change: Pick<PagePicture, 'rotation' | 'inverted' | 'straightenedBy'>;
  readonly warnings: readonly string[];
}

/**
 * Sets a page upright and level, and makes light text on a dark ground dark on light. Without lines only what the caller asks for is done.
 * @throws what rendering the page throws; the signal's reason when aborted
 */
export async function showPage(
  page: Page,
  {
    rotate = 'auto',
    lines,
    signal,
  }: { readonly rotate?: RotateChoice | undefined; readonly lines: PageLines | undefined; readonly signal?: AbortSignal | undefined },
): Promise<ShownPage> {
  const warnings: string[] = [];
  const rotation = rotate === 'auto' ? chooseRotation(lines, warnings) : rotate;
  let shown = turnPage(page, rotation);
  let place = (point: PagePoint): PagePoint => setUpright(point, rotation, page.size);
  let placed = lines && mapLines(lines, shown.size, place);
  const isUpright = rotate === 'auto' && lines?.rotation === rotation;
  const straightenedBy = isUpright && placed !== undefined ? slantToRemove(placed) : 0;
  if (straightenedBy !== 0 && placed !== undefined) {
    const turn = slantTurn(shown.size, straightenedBy);
    const straight = straightenPage(shown, straightenedBy);
    const part = await trimGround(straight, shown.size, signal);
    shown = cropPage(straight, part);
    const level = (point: PagePoint): PagePoint => {
      const [x, y] = turn.place(point);
      return [x - part.left, y - part.top];
    };
    placed = mapLines(placed, shown.size, level);
    const turned = place;
    place = (point) => level(turned(point));
  }
  const inverted = placed !== undefined && placed.lines.length > 0 && isLightOnDark(await page.render({ signal }), lines as PageLines);
  if (inverted) shown = invertPage(shown);
  return { page: shown, lines: placed, place, change: { rotation, inverted, straightenedBy }, warnings };
}

function chooseRotation(lines: PageLines | undefined, warnings: string[]): PageRotation {
  if (lines === undefined || lines.rotation === 0) return 0;
  const { rotation, rotationMargin } = lines;
  if (rotationMargin >= clearRotationMargin) return rotation;
  const margin = rotationMargin.toFixed(2);
  warnings.push(
    `The page may not stand upright: the line reader would turn it by ${rotation} degrees clockwise, but not clearly (${margin}; ${clearRotationMargin} is clear), so it was left. The option rotate turns it.`,
  );
  return 0;
}

/** Degrees clockwise that make the lines level, to a tenth; 0 where they are, or where too few say so. */
function slantToRemove({ lines }: PageLines): number {
  if (lines.length < fewestSlanted) return 0;
  const slant = (slantOf(lines.map(({ box }) => box)) * 180) / Math.PI;
  if (Math.abs(slant) < leastSlant || Math.abs(slant) > mostSlant) return 0;
  return -Math.round(slant * 10) / 10;
}
