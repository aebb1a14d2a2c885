import type { TextLine } from '@h2ovl/contract';
import { boundsOf } from '../geometry.ts';
import { foldText } from './fold-text.ts';

/** A word of a page where values are looked for. */
export interface PageWord {
  readonly text: string;
  readonly folded: string;
  readonly line: number;
  /** Place within its line. */
  readonly word: number;
}

/** Words one after the other, and their letters as one string. */
export interface WordChain {
  readonly words: readonly PageWord[];
  readonly letters: string;
  /** The word of each letter, as its place in `words`. */
  readonly wordOf: readonly number[];
}

/** A value goes over this many lines at most when it is looked for down a column. */
const chainedLines = 4;

/**
 * The words of a page in the orders in which a value may stand: all lines in reading order, and from each line on down its own column, where what
 * stands beside it belongs to something else.
 */
export function chainWords(lines: readonly TextLine[]): readonly WordChain[] {
  const known = chainsOf.get(lines) ?? makeChains(lines);
  chainsOf.set(lines, known);
  return known;
}

/** Many values are looked for on the same page, one after the other. */
const chainsOf = new WeakMap<readonly TextLine[], readonly WordChain[]>();

function makeChains(lines: readonly TextLine[]): readonly WordChain[] {
  const words = lines.map(({ words: own }, line) => own.map(({ text }, word): PageWord => ({ text, folded: foldText(text), line, word })));
  const below = linesBelow(lines);
  const chains = [makeChain(words.flat())];
  for (let line = 0; line < lines.length; line += 1) {
    const chain: PageWord[] = [];
    let at: number | undefined = line;
    let isInOrder = true;
    for (let count = 0; at !== undefined && count < chainedLines; count += 1) {
      chain.push(...(words[at] ?? []));
      const next: number | undefined = below[at];
      if (next !== undefined && next !== at + 1) isInOrder = false;
      at = next;
    }
    if (!isInOrder) chains.push(makeChain(chain)); // otherwise it is a part of the first chain
  }
  return chains;
}

function makeChain(words: readonly PageWord[]): WordChain {
  const wordOf: number[] = [];
  for (const [index, { folded }] of words.entries()) for (let letter = 0; letter < folded.length; letter += 1) wordOf.push(index);
  return { words, letters: words.map(({ folded }) => folded).join(''), wordOf };
}

/** The line that stands directly below each one: the nearest that shares half of the narrower one's width. */
function linesBelow(lines: readonly TextLine[]): readonly (number | undefined)[] {
  const bounds = lines.map(({ box }) => boundsOf(box));
  return bounds.map((own, index) => {
    let best: number | undefined;
    let nearest = Infinity;
    const height = own.bottom - own.top;
    for (const [other, at] of bounds.entries()) {
      const gap = (at.top + at.bottom - own.top - own.bottom) / 2;
      if (other === index || gap <= 0.4 * height || gap > 2.5 * height || gap >= nearest) continue;
      const shared = Math.min(own.right, at.right) - Math.max(own.left, at.left);
      if (shared >= 0.5 * Math.min(own.right - own.left, at.right - at.left)) [best, nearest] = [other, gap];
    }
    return best;
  });
}
