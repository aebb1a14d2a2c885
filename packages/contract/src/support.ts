import type { LineBox } from './lines.ts';

/** A line of the model's reading that the line reader does not see on the page: perhaps invented. */
export interface UnseenLine {
  readonly text: string;
  /** Its first character in the text of the page. */
  readonly at: number;
  /** The line that stands there, where it differs in digits alone. */
  readonly instead?: MissingLine | undefined;
}

/** A line that stands on a page. */
export interface MissingLine {
  readonly text: string;
  readonly box: LineBox;
}

/**
 * A share below this is worth a warning. Of the lines of faithful readings about one in a hundred is not supported; of a page of ten lines a share below this
 * is three that nobody sees.
 */
export const supportWarnsBelow = 0.8;

/**
 * The model's reading beside that of the line reader, which knows no language and cannot invent. It tells what to look at again, not who is right: a line
 * that was struck through is seen, and a decimal point that moved is not.
 */
export interface PageSupport {
  /** Share of the reading's judged lines that stand on the page, 0 to 1; undefined where none could be judged. */
  readonly share: number | undefined;
  /** Lines of the reading that nobody sees. */
  readonly unseen: readonly UnseenLine[];
  /** Lines of the page that are missing from the reading, in reading order. */
  readonly missing: readonly MissingLine[];
  /** Lines of the reading that the line reader could not have read: other letters than Latin ones, or print it is unsure of. */
  readonly notJudged: number;
}
