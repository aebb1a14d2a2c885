import type { MissingLine, PageLines, PageSupport, TextLine, UnseenLine } from '@h2ovl/contract';
import { foldText, isJudged } from '../../lines/locate/fold-text.ts';
import { isSure } from '../../lines/locate/locate.ts';
import { makePacer, type Pacer } from '../../tiles/make-pacer.ts';
import { haveOtherDigits } from './compare-digits.ts';
import { type LetterPlace, PageLetters } from './page-letters.ts';
import { type ReadingLine, splitReading, takeWords } from './split-reading.ts';

/** Letters of a line that the two readers may see in another way. */
const nearShare = 0.25;
/** Letters of a line that must be found, piece by piece, where it does not stand on the page in one piece. */
const piecesShare = 0.7;
/** Letters of a run of words that cannot stand on a page by chance. */
const fewestOfRun = 12;
/** Letters of what is left of a paragraph to be looked at. */
const fewestOfRest = 6;
/** The same where a number is not found: the line is then accused, and what it was meant to be is not missing, too. */
const alikeShare = 0.5;
/** A line that is less sure than this does not accuse the model of other digits. */
const digitsFrom = 0.9;
/** A line that is less sure than this is not called missing. */
const missingFrom = 0.8;
/** What a reading has beyond is not judged: the time goes with the product of the letters of both. A dense page has 6,000. */
const mostLetters = 60_000;

type Judgement = 'seen' | 'not-judged' | UnseenLine;

/**
 * Compares the model's reading of a page with its lines. The order of lines does not matter, nor do line breaks, case, marks, punctuation and the signs of
 * tables; each line of the page supports one line of the reading.
 * @throws the signal's reason when aborted
 */
export async function supportReading(text: string, page: PageLines, signal?: AbortSignal): Promise<PageSupport> {
  const { lines } = page;
  const reading = splitReading(text.slice(0, mostLetters));
  const beyond = splitReading(text.slice(mostLetters));
  const letters = new PageLetters(lines);
  const judged = await judgeLines(reading, letters, lines, makePacer(signal));
  const unseen = judged.filter((judgement) => typeof judgement === 'object');
  const seen = judged.filter((judgement) => judgement === 'seen').length;
  const all = seen + unseen.length;
  return {
    share: all === 0 ? undefined : seen / all,
    unseen,
    missing: beyond.length > 0 ? [] : listMissing(lines, letters), // they may stand in what was not compared
    notJudged: judged.length - all + beyond.length,
  };
}

/** The surest finds first, and long lines before short ones, so that a lone figure does not take one that belongs to a row. */
async function judgeLines(
  reading: readonly ReadingLine[],
  letters: PageLetters,
  lines: readonly TextLine[],
  pacer: Pacer,
): Promise<readonly Judgement[]> {
  const judged = new Map<ReadingLine, Judgement>();
  let left = [...reading].sort((a, b) => lengthOf(b) - lengthOf(a));
  const couldSee = isSure(lines);
  for (const judge of [findWhole, findCells, takeRuns, findAlike, findPieces]) {
    const next: ReadingLine[] = [];
    for (const line of left) {
      const found = judge(line, letters);
      if (Array.isArray(found)) {
        judged.set(line, 'seen');
        next.push(...(found as readonly ReadingLine[]));
      } else if (found === undefined) next.push(line);
      else judged.set(line, found as Judgement);
      if (pacer.isDue()) await pacer.pause();
    }
    left = next;
  }
  for (const line of left) judged.set(line, couldSee && isReadable(line) ? { text: line.text, at: line.at } : 'not-judged');
  return [...judged].sort(([a], [b]) => a.at - b.at).map(([, judgement]) => judgement);
}

const lengthOf = ({ cells }: ReadingLine): number => cells.reduce((sum, cell) => sum + cell.length, 0);
const isReadable = ({ cells }: ReadingLine): boolean => cells.every(isJudged);

function findWhole({ cells }: ReadingLine, letters: PageLetters): Judgement | undefined {
  return takeFirst(letters.findExact(cells.join('')), letters);
}

/** Cells of a row stand apart on the page, and perhaps in columns. All of them, or nothing is taken. */
function findCells({ cells }: ReadingLine, letters: PageLetters): Judgement | undefined {
  if (cells.length < 2) return undefined;
  const places = cells.map((cell) => letters.findExact(cell));
  if (places.includes(undefined)) return undefined;
  for (const place of places) takeFirst(place, letters);
  return 'seen';
}

/** Of a part of a paragraph, or a line longer than any of the page, the runs of words that stand on the page; what is left between them is looked at by itself. */
function takeRuns(line: ReadingLine, letters: PageLetters): Judgement | readonly ReadingLine[] | undefined {
  if (!line.isPart && lengthOf(line) <= letters.longestLine) return undefined;
  const rest: ReadingLine[] = [];
  let begun = 0;
  let found = 0;
  for (let from = 0; from < line.words.length; ) {
    const { place, to } = longestRun(line, from, letters, fewestOfRun);
    if (place === undefined) {
      from += 1;
      continue;
    }
    letters.take(place);
    found += 1;
    if (begun < from) rest.push(takeWords(line, begun, from));
    begun = to;
    from = to;
  }
  if (found === 0) return undefined;
  if (begun < line.words.length) rest.push(takeWords(line, begun, line.words.length));
  // What is short and no number may be a word that was read in another way.
  return rest.filter((part) => lengthOf(part) >= fewestOfRest || part.cells.some((cell) => /\d/.test(cell)));
}

interface FoundRun {
  readonly place: LetterPlace | undefined;
  /** Behind its last word. */
  readonly to: number;
}

/** The longest run of words from one on that stands on the page. */
function longestRun({ words }: ReadingLine, from: number, letters: PageLetters, fewest: number): FoundRun {
  let run = words.slice(from).map((word) => word.letters);
  for (; run.length > 0 && run.join('').length >= fewest; run = run.slice(0, -1)) {
    const place = letters.findExact(run.join(''));
    if (place !== undefined) return { place, to: from + run.length };
  }
  return { place: undefined, to: from };
}

function findAlike({ text, at, cells }: ReadingLine, letters: PageLetters): Judgement | undefined {
  const wanted = cells.join('');
  const most = Math.floor(wanted.length * nearShare);
  const places = most === 0 ? [] : letters.findNear(wanted, most).map(wholeNumbers);
  const alike = places.find((place) => !haveOtherDigits(wanted, lettersOf(place)));
  if (alike !== undefined) return takeFirst(alike, letters);
  const [other] = places;
  if (other === undefined) return undefined;
  letters.take(other);
  const lines = letters.linesOf(other);
  if (lines.some(({ confidence }) => confidence < digitsFrom)) return 'not-judged';
  const [first] = lines;
  return { text, at, ...(first && { instead: { text: first.text, box: first.box } }) };
}

/** What stands in several places: the longest runs of words that are found, one after the other. Words of digits must all be there. */
function findPieces(line: ReadingLine, letters: PageLetters): Judgement | undefined {
  const places: LetterPlace[] = [];
  let found = 0;
  let lacksDigits = false;
  for (let from = 0; from < line.words.length; ) {
    const { place, to } = longestRun(line, from, letters, 1);
    if (place === undefined) {
      lacksDigits ||= /\d/.test(line.words[from]?.letters ?? '');
      from += 1;
      continue;
    }
    places.push(place);
    found += place.to - place.from;
    from = to;
  }
  const isMeant = found >= (lacksDigits ? alikeShare : piecesShare) * lengthOf(line) && places.length <= 1 + line.words.length / 2;
  if (!isMeant) return undefined;
  for (const place of places) letters.take(place);
  return lacksDigits ? { text: line.text, at: line.at } : 'seen';
}

function takeFirst(place: LetterPlace | undefined, letters: PageLetters): Judgement | undefined {
  if (place === undefined) return undefined;
  letters.take(place);
  return 'seen';
}

const lettersOf = ({ chain, from, to }: LetterPlace): string => chain.letters.slice(from, to);

/** A near place may end within a number; what is left of it belongs to the comparison. */
function wholeNumbers(place: LetterPlace): LetterPlace {
  const { chain } = place;
  let { from, to } = place;
  const isDigit = (at: number): boolean => /\d/.test(chain.letters[at] ?? '');
  const sameWord = (a: number, b: number): boolean => chain.wordOf[a] === chain.wordOf[b];
  while (from > 0 && isDigit(from - 1) && isDigit(from) && sameWord(from - 1, from)) from -= 1;
  while (to > 0 && isDigit(to - 1) && isDigit(to) && sameWord(to - 1, to)) to += 1;
  return { ...place, from, to };
}

function listMissing(lines: readonly TextLine[], letters: PageLetters): readonly MissingLine[] {
  return lines
    .filter(({ text, confidence }, index) => confidence >= missingFrom && foldText(text).length >= 2 && letters.shareFree(index) > 0.5)
    .map(({ text, box }) => ({ text, box }));
}
