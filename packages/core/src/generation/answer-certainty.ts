import type { AnswerCertainty, CertaintySpan } from '@h2ovl/contract';

interface Piece {
  readonly from: number;
  readonly to: number;
  /** NaN for a token that was no choice. */
  readonly logProbability: number;
}

/** Words that are named as the least certain ones. */
const mostSpans = 5;
/** Characters of one of them; what has no blank for longer is cut. */
const longestSpan = 80;

/** Follows an answer's tokens and keeps how likely each was, by the characters it stands for. */
export class TokenCertainty implements AnswerCertainty {
  readonly #pieces: Piece[] = [];
  readonly #text: () => string;
  #end = 0;
  #sum = 0;
  #count = 0;

  /** @param text the answer so far, asked for when it is complete */
  constructor(text: () => string) {
    this.#text = text;
  }

  /** Told of each token in order: the characters that the text has grown by (0 while a character is incomplete), and the token's log-probability; NaN for no choice. */
  add(characters: number, logProbability: number): void {
    this.#pieces.push({ from: this.#end, to: this.#end + characters, logProbability });
    this.#end += characters;
    if (Number.isNaN(logProbability)) return;
    this.#sum += logProbability;
    this.#count += 1;
  }

  get meanLogProbability(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  get leastCertain(): readonly CertaintySpan[] {
    const text = this.#text();
    const least = new Map<number, number>();
    const spans = [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => ({ from: index, to: index + Math.min(word.length, longestSpan) }));
    let at = 0;
    for (const { from, to, logProbability } of this.#pieces) {
      while (at < spans.length && (spans[at] as { to: number }).to <= from) at += 1;
      for (let span = at; span < spans.length && (spans[span] as { from: number }).from < to; span += 1) {
        if (logProbability < (least.get(span) ?? 0)) least.set(span, logProbability);
      }
    }
    const ranked = [...least].sort(([, a], [, b]) => a - b).slice(0, mostSpans);
    return ranked.map(([span, logProbability]) => {
      const { from, to } = spans[span] as { from: number; to: number };
      return { text: text.slice(from, to), from, to, logProbability };
    });
  }

  logProbabilityOf(from: number, to: number): number | undefined {
    let [sum, count] = [0, 0];
    for (let at = this.#firstAfter(from); at < this.#pieces.length; at += 1) {
      const piece = this.#pieces[at] as Piece;
      if (piece.from >= to) break;
      if (piece.to <= from || Number.isNaN(piece.logProbability)) continue;
      sum += piece.logProbability;
      count += 1;
    }
    return count === 0 ? undefined : sum / count;
  }

  /** Place of the first piece that ends behind a character. */
  #firstAfter(character: number): number {
    let [low, high] = [0, this.#pieces.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#pieces[middle] as Piece).to <= character) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
