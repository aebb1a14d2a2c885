/** How sure a reading must be to be called a line; strokes and patterns that were found by mistake are less. */
const oneLetter = 0.7;
const severalLetters = 0.75;
/** Rows of dots and teeth read as the same letter again and again. */
const sameLetters = 0.9;
const sameShare = 0.7;
const sameFrom = 5;

/** What strokes of a pen, rules and frames are read as, however surely; print has no line that is mostly these. */
const strokes = /[()[\]{}|/\\~^_`]/g;
/** A word in brackets, such as the number of a page. */
const bracketed = /^[([{|](.+)[)\]}|]$/;

interface ReadText {
  readonly text: string;
  readonly confidence: number;
}

/** Whether a reading is a line of text. */
export function isLine({ text, confidence }: ReadText): boolean {
  const letters = [...text.replace(/\s/g, '')];
  if (letters.length === 0 || isMostlyStrokes(letters.join(''))) return false;
  if (letters.length >= sameFrom && commonest(letters) >= sameShare * letters.length) return confidence >= sameLetters;
  return confidence >= (letters.length === 1 ? oneLetter : severalLetters);
}

function isMostlyStrokes(text: string): boolean {
  const inside = bracketed.exec(text)?.[1] ?? text;
  return (inside.match(strokes)?.length ?? 0) > inside.length / 2;
}

function commonest(letters: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return Math.max(...counts.values());
}

const textFrom = 0.8;

/**
 * Whether the lines show that something is written here: one of them has two different letters or digits that are sure, and they are not mostly single
 * letters scattered about, as a recogniser with many letters sees them in grain.
 */
export function showsText(lines: readonly ReadText[]): boolean {
  const lengths = lines.map(({ text }) => [...text.replace(/\s/g, '')].length);
  const single = lengths.filter((length) => length === 1).length;
  const together = lengths.reduce((sum, length) => (length > 1 ? sum + length : sum), 0);
  if (together < single) return false;
  return lines.some(({ text, confidence }) => confidence >= textFrom && new Set(text.match(/[\p{L}\p{N}]/gu)).size >= 2);
}
