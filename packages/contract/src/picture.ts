import type { PageRotation } from './lines.ts';

/** A part of a page, in pixels of the page as the model was shown it: turned and straightened. */
export interface PageCrop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What became of a page before the model saw it, and how small its lines were then. */
export interface PagePicture {
  /** Degrees clockwise by which the page was turned. */
  readonly rotation: PageRotation;
  /** Whether light text on a dark ground was made dark on light. */
  readonly inverted: boolean;
  /** Degrees clockwise by which a page that lay at a slant was set level; 0 when it was not. */
  readonly straightenedBy: number;
  /** Tiles across and down of each picture that the model was shown, the finest grid; several where the page was shown in parts. */
  readonly grids: readonly { readonly columns: number; readonly rows: number }[];
  /** Pixels for the model over the page's own, across; of parts the smallest. Where it differs from `scaleY`, the page was squeezed. */
  readonly scaleX: number;
  /** The same, down. */
  readonly scaleY: number;
  /** Height of the smallest line that was found, in the model's pixels; its letters have about 0.6 of it. Undefined where no lines are known. */
  readonly smallestLinePx?: number | undefined;
  /** The parts, in the order they were shown; undefined where the page was shown as a whole. */
  readonly crops?: readonly PageCrop[] | undefined;
}
