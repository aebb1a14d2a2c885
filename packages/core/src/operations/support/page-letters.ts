import type { TextLine } from '@h2ovl/contract';
import { findNear } from '../../lines/locate/find-near.ts';
import { isEdge } from '../../lines/locate/locate.ts';
import { chainWords, type WordChain } from '../../lines/locate/page-text.ts';

/** A place among the letters of a page. */
export interface LetterPlace {
  readonly chain: WordChain;
  readonly from: number;
  /** Behind the last letter. */
  readonly to: number;
  readonly edits: number;
}

/** A letter may be taken already where two readings of a word run into each other. */
const freeShare = 0.8;

/** The letters of a page's lines, each of which supports a reading once. */
export class PageLetters {
  /** Letters of the page's longest line. */
  readonly longestLine: number;
  readonly #lines: readonly TextLine[];
  readonly #chains: readonly WordChain[];
  /** Of each line and word, where its letters begin in `#isTaken`. */
  readonly #starts: readonly (readonly number[])[];
  readonly #isTaken: Uint8Array;
  /** Where the place that was taken last ends. */
  #last = 0;

  constructor(lines: readonly TextLine[]) {
    this.#lines = lines;
    this.#chains = chainWords(lines);
    const starts = lines.map((): number[] => []);
    const lengths = lines.map(() => 0);
    let count = 0;
    for (const { line, word, folded } of this.#chains[0]?.words ?? []) {
      (starts[line] as number[])[word] = count;
      count += folded.length;
      lengths[line] = (lengths[line] ?? 0) + folded.length;
    }
    this.longestLine = Math.max(0, ...lengths);
    this.#starts = starts;
    this.#isTaken = new Uint8Array(count);
  }

  /** The free place where these letters stand as they are, the next one behind the place taken last before others. */
  findExact(letters: string): LetterPlace | undefined {
    let best: LetterPlace | undefined;
    for (const chain of this.#chains) {
      for (let from = chain.letters.indexOf(letters); from !== -1; from = chain.letters.indexOf(letters, from + 1)) {
        const place = { chain, from, to: from + letters.length, edits: 0 };
        if (!isEdge(chain, from, letters) || !isEdge(chain, place.to, letters) || !this.#isFree(place, 1)) continue;
        if (best === undefined || this.#wayTo(place) < this.#wayTo(best)) best = place;
      }
    }
    return best;
  }

  /** The free places that become these letters with at most `most` changes, the best first. */
  findNear(letters: string, most: number): readonly LetterPlace[] {
    const places = this.#chains.flatMap((chain) => findNear(letters, chain.letters, most).map((part) => ({ ...part, chain })));
    return places.filter((place) => this.#isFree(place, freeShare)).sort((a, b) => a.edits - b.edits);
  }

  take(place: LetterPlace): void {
    for (let at = place.from; at < place.to; at += 1) this.#isTaken[this.#idOf(place.chain, at)] = 1;
    this.#last = this.#idOf(place.chain, place.to - 1) + 1;
  }

  /** The lines that a place lies on. */
  linesOf({ chain, from, to }: LetterPlace): readonly TextLine[] {
    const words = chain.words.slice(chain.wordOf[from] ?? 0, (chain.wordOf[to - 1] ?? 0) + 1);
    return [...new Set(words.map(({ line }) => line))].map((line) => this.#lines[line] as TextLine);
  }

  /** Share of a line's letters that nothing took; 0 for a line without letters. */
  shareFree(line: number): number {
    const words = (this.#chains[0]?.words ?? []).filter((word) => word.line === line);
    let [free, all] = [0, 0];
    for (const { word, folded } of words) {
      const start = this.#starts[line]?.[word] ?? 0;
      all += folded.length;
      for (let at = start; at < start + folded.length; at += 1) free += this.#isTaken[at] === 0 ? 1 : 0;
    }
    return all === 0 ? 0 : free / all;
  }

  #isFree({ chain, from, to }: LetterPlace, share: number): boolean {
    let free = 0;
    for (let at = from; at < to; at += 1) free += this.#isTaken[this.#idOf(chain, at)] === 0 ? 1 : 0;
    return to > from && free >= share * (to - from);
  }

  #wayTo({ chain, from }: LetterPlace): number {
    const way = this.#idOf(chain, from) - this.#last;
    return way >= 0 ? way : this.#isTaken.length - way;
  }

  #idOf(chain: WordChain, at: number): number {
    const index = chain.wordOf[at] ?? 0;
    const word = chain.words[index];
    if (word === undefined) return 0;
    let first = at;
    while (first > 0 && chain.wordOf[first - 1] === index) first -= 1;
    return (this.#starts[word.line]?.[word.word] ?? 0) + at - first;
  }
}
