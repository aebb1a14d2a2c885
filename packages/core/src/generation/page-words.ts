/** Signs that pages repeat as rules and leaders, which a line reader often does not see. */
const leaders = /^[\s.,:;_\-–—=*·•|…+~#/\\()[\]{}"'<>]*$/u;

/** One sign again and again is a leader only if pages are ruled with it. */
const oneSign = /^\s*(\S)\1*\s*$/u;
const ruling = /^[\s._\-–—=*·•…~#|+]*$/u;

/** What stands on the page several times may be written oftener: the line reader may have missed or misread some. */
const slack = 1.5;
const more = 3;

/** What a text that goes round is. */
export interface UnitKind {
  /** Its numbers differ from copy to copy. */
  readonly isCounting: boolean;
  /** It is the values of a piece of JSON. */
  readonly isJson: boolean;
}

/** What another reader saw on a page: it tells what really stands there several times. */
export class PageWords {
  readonly #plain: Words;
  readonly #letters: Words;
  readonly #digits: number;

  constructor(text: string) {
    const words = listWords(text);
    this.#plain = new Words(words);
    this.#letters = new Words(words.map(withoutDigits).filter((word) => word !== ''));
    this.#digits = countDigits(text);
  }

  /**
   * How often a text may be written in a row. Undefined for rules and leaders: nobody can tell.
   */
  copiesOf(unit: string, { isCounting, isJson }: UnitKind): number | undefined {
    if (leaders.test(unit)) return oneSign.test(unit) && !ruling.test(unit) ? 0 : undefined;
    const cycle = listCycle(unit);
    const words = isCounting ? cycle.map(withoutDigits).filter((word) => word !== '') : cycle;
    const page = isCounting ? this.#letters : this.#plain;
    if (words.length > 0 ? words.every((word) => !/\D/u.test(word)) : countDigits(unit) > 0) return this.#copiesOfDigits(unit);
    if (words.length === 0) return page.countRun(listWords(unit).join(''));
    if (isJson) {
      // Members come in the order of the schema: only longer words tell.
      const long = words.filter((word) => word.length > 2);
      const times = page.countTurn(long.length > 0 ? long : words, 1);
      return times < 1.5 ? Math.ceil(times) : times * slack + more;
    }
    // Three words in a row tell whether it stands there several times; how often, single words tell better: fewer of them are misread.
    const turns = page.countTurn(words, 3);
    return turns < 1.5 ? Math.ceil(turns) : Math.max(turns, page.countTurn(words, 1)) * slack + more;
  }

  /** No page is written in more digits than it has. */
  #copiesOfDigits(unit: string): number {
    return (this.#digits * slack) / countDigits(unit) + more;
  }
}

class Words {
  readonly #squeezed: string;
  readonly #counts = new Map<string, number>();

  constructor(words: readonly string[]) {
    this.#squeezed = words.join('');
    for (const word of words) this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
  }

  /** Of a text that is one word with itself: only where it follows itself on the page, too. */
  countRun(unit: string): number {
    if (unit === '' || !this.#squeezed.includes(unit + unit)) return 0;
    return this.#countParts(unit);
  }

  /** How often the words of a text stand on the page, some in a row together: the median, so that a few misread ones do not matter. */
  countTurn(words: readonly string[], inRow: number): number {
    const size = Math.min(inRow, words.length);
    const grams = words.map((_, at) => Array.from({ length: size }, (__, next) => words[(at + next) % words.length] as string));
    const times = new Map<string, number>();
    for (const gram of grams) times.set(gram.join(''), (times.get(gram.join('')) ?? 0) + 1);
    const counts = [...times].flatMap(([text, inUnit]) => Array.from({ length: inUnit }, () => this.#count(text, size) / inUnit));
    counts.sort((a, b) => a - b);
    return counts[counts.length >> 1] ?? 0;
  }

  #count(text: string, words: number): number {
    const isShort = words === 1 && text.length < 4 && /\D/u.test(text); // a short word is a part of many others
    return isShort ? (this.#counts.get(text) ?? 0) : this.#countParts(text);
  }

  #countParts(text: string): number {
    let count = 0;
    for (let at = this.#squeezed.indexOf(text); at >= 0; at = this.#squeezed.indexOf(text, at + 1)) count += 1;
    return count;
  }
}

/** The words of one turn of a text that goes round, each of them whole; none where it has no end of a word. */
function listCycle(unit: string): readonly string[] {
  const words = listWords(unit.repeat(5));
  const perTurn = words.length - listWords(unit.repeat(4)).length;
  return words.slice(1, 1 + perTurn);
}

function listWords(text: string): readonly string[] {
  return (
    text
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  );
}

const withoutDigits = (word: string): string => word.replace(/\p{N}+/gu, '');

const countDigits = (text: string): number => text.match(/\p{N}/gu)?.length ?? 0;
