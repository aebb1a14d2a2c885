import type { PageRotation } from '../../lines.ts';
import type { PageCrop, PagePicture } from '../../picture.ts';
import { toCount, toList, toRecord } from '../read-values.ts';

/** What became of a page before the model saw it. */
export interface WirePicture {
  /** Degrees clockwise by which the page was turned. */
  readonly rotation: PageRotation;
  readonly inverted: boolean;
  /** Degrees clockwise by which a slanted page was set level. */
  readonly straightened_by: number;
  /** The finest grid of each picture that the model was shown. */
  readonly grids: readonly { readonly columns: number; readonly rows: number }[];
  readonly scale_x: number;
  readonly scale_y: number;
  /** In the model's pixels; absent where no lines are known. */
  readonly smallest_line_px?: number;
  /** In pixels of the page as it was shown; absent where it was shown as a whole. */
  readonly crops?: readonly PageCrop[];
}

export function writePicture({
  rotation,
  inverted,
  straightenedBy,
  grids,
  scaleX,
  scaleY,
  smallestLinePx,
  crops,
}: PagePicture): WirePicture {
  return {
    rotation,
    inverted,
    straightened_by: straightenedBy,
    grids,
    scale_x: scaleX,
    scale_y: scaleY,
    ...(smallestLinePx !== undefined && { smallest_line_px: smallestLinePx }),
    ...(crops !== undefined && { crops }),
  };
}

/** What the server says; undefined where it says nothing. */
export function readPicture(value: unknown): PagePicture | undefined {
  const picture = toRecord(value);
  if (picture === undefined) return undefined;
  const rotation = ([0, 90, 180, 270] as const).find((known) => known === picture.rotation) ?? 0;
  const { straightened_by: straightened, smallest_line_px: smallest } = picture;
  return {
    rotation,
    inverted: picture.inverted === true,
    straightenedBy: typeof straightened === 'number' ? straightened : 0, // may be below 0
    grids: toList(picture.grids).map((grid) => ({ columns: toCount(toRecord(grid)?.columns), rows: toCount(toRecord(grid)?.rows) })),
    scaleX: toCount(picture.scale_x),
    scaleY: toCount(picture.scale_y),
    ...(typeof smallest === 'number' && { smallestLinePx: smallest }),
    ...(picture.crops !== undefined && { crops: toList(picture.crops).map(readCrop) }),
  };
}

function readCrop(value: unknown): PageCrop {
  const crop = toRecord(value);
  return { left: toCount(crop?.left), top: toCount(crop?.top), width: toCount(crop?.width), height: toCount(crop?.height) };
}
