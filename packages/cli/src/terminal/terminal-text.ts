/** Replaces control characters other than tab and line feed: text from a page or a file name must not move the cursor or set titles. */
export function showControls(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\uFFFD');
}

/** The name of a file as it may stand in a line: no control character, line break or mark that turns the direction of writing. */
export function showName(name: string): string {
  return name.replace(/[\p{Cc}\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069\u2028\u2029]/gu, '\uFFFD');
}

/** Removes outer white space from a text that comes in pieces: leading white space is dropped, trailing is held back until more text follows. */
export class StreamTrimmer {
  #held = '';
  #hasBegun = false;

  /** The part of all pieces so far that can be shown now and was not before. */
  push(piece: string): string {
    const text = this.#hasBegun ? this.#held + piece : piece.trimStart();
    const shown = text.trimEnd();
    this.#hasBegun ||= text !== '';
    this.#held = text.slice(shown.length);
    return shown;
  }
}
