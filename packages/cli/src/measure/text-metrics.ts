/** How far texts are from what they should be. Edits are counted on normalised texts: NFC, line ends as \n, outer white space removed. */
export interface TextScore {
  /** Character edits (Levenshtein over Unicode code points) over characters of the reference; 0 is perfect, it can exceed 1. */
  readonly cer: number;
  /** The same over words, which white space separates. */
  readonly wer: number;
}

/** Edits and reference lengths of one text, so that several can be added up. */
export interface EditCounts {
  readonly characterEdits: number;
  readonly characters: number;
  readonly wordEdits: number;
  readonly words: number;
  /** Whether the normalised texts are equal. */
  readonly isExact: boolean;
}

/** Compares a text with its reference. */
export function countEdits(text: string, reference: string): EditCounts {
  const [got, wanted] = [normalize(text), normalize(reference)];
  const [gotCharacters, wantedCharacters] = [[...got], [...wanted]]; // code points, not UTF-16 units
  const [gotWords, wantedWords] = [splitWords(got), splitWords(wanted)];
  return {
    characterEdits: levenshtein(gotCharacters, wantedCharacters),
    characters: wantedCharacters.length,
    wordEdits: levenshtein(gotWords, wantedWords),
    words: wantedWords.length,
    isExact: got === wanted,
  };
}

/** Error rates of several texts together: edits of all over reference lengths of all, so a long page counts more than a short one. */
export function scoreTexts(counts: readonly EditCounts[]): TextScore {
  return {
    cer: rate(sumOf(counts, 'characterEdits'), sumOf(counts, 'characters')),
    wer: rate(sumOf(counts, 'wordEdits'), sumOf(counts, 'words')),
  };
}

function normalize(text: string): string {
  return text.normalize('NFC').replace(/\r\n?/g, '\n').trim();
}

function splitWords(text: string): readonly string[] {
  return text === '' ? [] : text.split(/\s+/);
}

function sumOf(counts: readonly EditCounts[], key: Exclude<keyof EditCounts, 'isExact'>): number {
  return counts.reduce((sum, count) => sum + count[key], 0);
}

/** An empty reference counts as one character or word, so that inventing text for it is an error and silence is not. */
function rate(edits: number, length: number): number {
  return edits / Math.max(1, length);
}

/** Fewest insertions, deletions and replacements that turn one list into the other. */
function levenshtein(from: readonly string[], to: readonly string[]): number {
  // One row of the table: edits from the first `row` items to the first `column` items.
  const edits = Uint32Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, item] of from.entries()) {
    let diagonal = row;
    edits[0] = row + 1;
    for (let column = 1; column <= to.length; column += 1) {
      const above = edits[column] as number; // inside the row
      const replaced = diagonal + (item === to[column - 1] ? 0 : 1);
      edits[column] = Math.min(replaced, above + 1, (edits[column - 1] as number) + 1);
      diagonal = above;
    }
  }
  return edits[to.length] as number;
}
