/** Text without the characters that can hide or reorder what a reader sees. */
export interface CleanText {
  readonly text: string;
  /** How many characters were taken out. */
  readonly removed: number;
}

// Control characters (but tab and line feed), format characters (zero-width, bidi, soft hyphen, byte-order mark, and the tag characters, a whole
// hidden alphabet; the visible Arabic number signs stay), lone surrogates, line separators, and the supplement's variation selectors.
const hiddenCharacters = /[^\P{Cc}\t\n]|(?![\u0600-\u0605\u06dd])\p{Cf}|\p{Cs}|[\u2028\u2029]|[\u{e0100}-\u{e01ef}]/gu;

/** Takes hidden characters out of text that came from a document or a file name, and counts them. */
export function cleanText(text: string): CleanText {
  let removed = 0;
  const clean = text.replaceAll('\r\n', '\n').replace(hiddenCharacters, () => {
    removed += 1;
    return '';
  });
  return { text: clean, removed };
}
