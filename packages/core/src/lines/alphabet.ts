import { VisionError } from '@h2ovl/contract';

/** What the recogniser's classes mean. */
export interface Alphabet {
  /** Character of each class; the first, the blank between letters, is empty. */
  readonly characters: readonly string[];
  /** The class of the space. */
  readonly space: number;
  /**
   * A recogniser that was trained without care for spaces still gives them a small probability where they stand: one is put between two letters where
   * its sum over the columns between them passes this. Undefined where the recogniser writes its spaces itself.
   */
  readonly lostSpaceFrom: number | undefined;
  /** Pixels of the line's picture that one column of the answer stands for. */
  readonly columnPx: number;
}

const spaceEntry = '<space>';

/**
 * Reads a dictionary: one character a line, in the order of the classes from 1 on. Its last line may say `<space>`; otherwise the space is the class
 * behind it. @throws VisionError MODEL_FILE_CORRUPT
 */
export function readAlphabet(dictionary: string, options: Pick<Alphabet, 'lostSpaceFrom' | 'columnPx'>): Alphabet {
  const entries = dictionary.split('\n').map((line) => line.replace(/\r$/, ''));
  if (entries.at(-1) === '') entries.pop();
  if (entries.at(-1) === spaceEntry) entries.pop();
  if (entries.length === 0 || entries.some((entry) => entry === '')) {
    throw new VisionError('MODEL_FILE_CORRUPT', 'The dictionary of the line recogniser has an empty line, or none at all.', {
      hint: 'Install the package @h2ovl/lines again.',
    });
  }
  const characters = ['', ...entries, ' '];
  const { lostSpaceFrom, columnPx } = options;
  return { characters, space: characters.length - 1, lostSpaceFrom, columnPx };
}
