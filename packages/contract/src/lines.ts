/** A place on a page: pixels from the left and the upper edge of the page as it was given. */
export type PagePoint = readonly [x: number, y: number];

/**
 * The four corners of something that is written, in pixels of the page as it was given. They follow the writing: the first is where an upright
 * reader would see the upper left corner, then clockwise; on a page that lies on its head the first corner is at the lower right.
 */
export type LineBox = readonly [PagePoint, PagePoint, PagePoint, PagePoint];

/** A word of a line, as the blanks around it make it. */
export interface LineWord {
  readonly text: string;
  readonly box: LineBox;
}

/** A line of text that was found on a page. */
export interface TextLine {
  readonly text: string;
  /** The mean of how sure the reader was of each letter, 0 to 1. It says little about marks above letters: see the line reader's page. */
  readonly confidence: number;
  readonly box: LineBox;
  /** Of the box, across the writing, in pixels. The letters themselves are about 0.6 of it. */
  readonly height: number;
  readonly words: readonly LineWord[];
}

/** Degrees clockwise that set a page upright. */
export type PageRotation = 0 | 90 | 180 | 270;

/** From this margin on a page's rotation is certain enough to turn the page: no drawn page with a clearer one was turned wrongly. */
export const clearRotationMargin = 0.3;

/** What the line reader saw on a page. */
export interface PageLines {
  /** Pixels of the page as it was given; boxes are in these. */
  readonly width: number;
  readonly height: number;
  readonly rotation: PageRotation;
  /** How clearly: 0 (a guess, or no line at all) to 1. */
  readonly rotationMargin: number;
  /** Whether a line has at least two different letters or digits that were read for sure. */
  readonly hasText: boolean;
  /** In reading order of the page set upright. */
  readonly lines: readonly TextLine[];
  /** The lines as text: what stands side by side on one line of text, columns one after the other. */
  readonly text: string;
  /** Places that looked like text and were not readable enough to be called a line. */
  readonly unreadable: number;
  /** What was not done, as sentences: a limit that was reached. */
  readonly warnings: readonly string[];
}
