import { type LineBox, type TextLine, VisionError } from '@h2ovl/contract';
import { findNear } from './find-near.ts';
import { foldValue, isJudged } from './fold-text.ts';
import { chainWords, type PageWord, type WordChain } from './page-text.ts';
import { numbersIn, spellDate } from './spellings.ts';

/** A place where a value stands. */
export interface ValuePlace {
  /** One for each line it goes over, around its words. */
  readonly boxes: readonly LineBox[];
  /** What was read there: whole words. */
  readonly text: string;
  /** Letters put in, left out or changed between the value and what was read. */
  readonly edits: number;
}

/** Whether and where a value stands among lines. */
export interface LocatedValue {
  /**
   * `exact`: in these words, or in another spelling of the same number or date. `near`: a fifth of its letters differ at most. `none`: it is not there.
   * `not-judged`: it was not found, and the reader could not have read it: other letters than Latin ones, unsure lines, or none.
   */
  readonly match: 'exact' | 'near' | 'none' | 'not-judged';
  /** All of them, in reading order. */
  readonly places: readonly ValuePlace[];
}

/** Letters and digits of a value; the time goes with their product with the page's. */
const longestValue = 500;
const nearShare = 0.2;
/** Lines that are less sure than this on average, each with the weight of its letters, do not show that something is missing. */
const judgedFrom = 0.85;
/** Values of fewer letters are found as whole words only; the reader may have lost the space beside longer ones. */
const insideWords = 6;

/**
 * Looks for a value among the lines of a page: by letters and digits, whatever their case, marks and the blanks between them. Numbers are found in the
 * spellings of people (1.234,50 and 1,234.50, without their sign), dates given as 2024-03-05 in the usual orders, words that were parted at the end of a
 * line, and values that go over several lines. Lines say what is printed, not what holds: a value that was struck through is found, too.
 * @param value numbers stand for their shortest spelling
 * @throws VisionError INVALID_ARGUMENT for a value of more than 500 letters
 */
export function locate(value: string | number, lines: readonly TextLine[]): LocatedValue {
  const text = String(value);
  const folded = foldValue(text);
  if (folded.some(({ length }) => length > longestValue)) {
    throw new VisionError(
      'INVALID_ARGUMENT',
      `The value has ${text.length} characters; values of at most ${longestValue} letters are located.`,
      {
        param: 'value',
        hint: 'Locate its sentences or entries one by one.',
      },
    );
  }
  const chains = chainWords(lines);
  const exact = findExact(text, folded, chains);
  if (exact.length > 0) return { match: 'exact', places: placesOf(exact, lines) };
  const near = folded.flatMap((wanted) => {
    const most = Math.floor(wanted.length * nearShare);
    return most === 0 ? [] : chains.flatMap((chain) => findNear(wanted, chain.letters, most).map((part) => spanOf(chain, part)));
  });
  if (near.length > 0) return { match: 'near', places: placesOf(near, lines) };
  const couldRead = folded.length > 0 && folded.every(isJudged) && isSure(lines);
  return { match: couldRead ? 'none' : 'not-judged', places: [] };
}

/** Words one after the other. */
interface Span {
  readonly words: readonly PageWord[];
  readonly edits: number;
}

function findExact(text: string, folded: readonly string[], chains: readonly WordChain[]): Span[] {
  const numbers = numbersIn(text);
  const wanted = numbers.size === 0 ? [...folded, ...spellDate(text)] : [];
  return chains.flatMap((chain) => [
    ...wanted.flatMap((letters) => [...findLetters(letters, chain)]),
    ...findNumbers(numbers, chain),
    // Digits without a mark may also be a code beside which the space was lost; they stand there as they are.
    ...(/^\d+$/.test(text) ? [...findLetters(text, chain)].filter(({ words }) => words.some((word) => word.text.includes(text))) : []),
  ]);
}

function* findLetters(wanted: string, chain: WordChain): Iterable<Span> {
  for (let from = chain.letters.indexOf(wanted); from !== -1; from = chain.letters.indexOf(wanted, from + 1)) {
    const to = from + wanted.length;
    if (isEdge(chain, from, wanted) && isEdge(chain, to, wanted)) yield spanOf(chain, { from, to, edits: 0 });
  }
}

/** Whether a value may begin or end before the letter at `at`: at the edge of a word, and long ones within a word, but never within a number. */
export function isEdge({ letters, wordOf }: WordChain, at: number, wanted: string): boolean {
  if (at === 0 || at === letters.length || wordOf[at] !== wordOf[at - 1]) return true;
  const isDigit = (index: number): boolean => /\d/.test(letters[index] ?? '');
  const partsNumber = isDigit(at - 1) && isDigit(at);
  const changesKind = isDigit(at - 1) !== isDigit(at);
  return changesKind || (!partsNumber && wanted.length >= insideWords);
}

/** Numbers are compared as numbers: 123450 is not 1,234.50. Groups of digits may be parted by blanks: up to four words. */
function* findNumbers(numbers: ReadonlySet<string>, chain: WordChain): Iterable<Span> {
  for (let from = 0; from < chain.words.length; from += 1) {
    for (let count = 1; count <= 4; count += 1) {
      const words = chain.words.slice(from, from + count);
      if (words.length < count || words.some(({ text, line }) => line !== words[0]?.line || (count > 1 && !/\d/.test(text)))) break;
      const bare = words.map(({ text }) => text.replace(/^[^\p{L}\p{N}€£$¥+−.,-]+|[^\p{L}\p{N}€£$¥%]+$/gu, ''));
      // The reader may see a blank before the point.
      const read = numbersIn(
        bare
          .join(' ')
          .replace(/ (?=[.,]\d)/g, '')
          .replace(/^[.,]+/, ''),
      );
      if ([...read].some((number) => numbers.has(number))) yield { words, edits: 0 };
    }
  }
}

function spanOf(
  { words, wordOf }: WordChain,
  { from, to, edits }: { readonly from: number; readonly to: number; readonly edits: number },
): Span {
  const last = wordOf[Math.max(from, to - 1)] ?? words.length - 1;
  return { words: words.slice(wordOf[from] ?? last, last + 1), edits };
}

/** Each place once, in reading order. */
function placesOf(spans: readonly Span[], lines: readonly TextLine[]): ValuePlace[] {
  const places = new Map<string, { readonly span: Span; readonly order: number }>();
  for (const span of spans) {
    const key = span.words.map(({ line, word }) => `${line}.${word}`).join(' ');
    const [first] = span.words;
    const known = places.get(key);
    if (first === undefined || (known !== undefined && known.span.edits <= span.edits)) continue;
    places.set(key, { span, order: first.line * 1e6 + first.word });
  }
  return [...places.values()]
    .sort((a, b) => a.order - b.order)
    .map(({ span: { words, edits } }) => ({ boxes: boxesOf(words, lines), text: words.map(({ text }) => text).join(' '), edits }));
}

function boxesOf(words: readonly PageWord[], lines: readonly TextLine[]): LineBox[] {
  const boxes: LineBox[] = [];
  for (const line of new Set(words.map((word) => word.line))) {
    const own = words.filter((word) => word.line === line).map(({ word }) => lines[line]?.words[word]?.box as LineBox);
    const [first, last] = [own[0] as LineBox, own.at(-1) as LineBox];
    boxes.push([first[0], last[1], last[2], first[3]]);
  }
  return boxes;
}

/** Whether the reader is sure enough of these lines for what it does not see to be missing. */
export function isSure(lines: readonly TextLine[]): boolean {
  const letters = lines.reduce((sum, { text }) => sum + text.length, 0);
  return letters > 0 && lines.reduce((sum, { text, confidence }) => sum + text.length * confidence, 0) / letters >= judgedFrom;
}
