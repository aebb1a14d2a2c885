import { PageWords } from './page-words.ts';

/** A text that the answer went round in. */
export interface FoundLoop {
  /** Characters of the answer before the second copy: what is worth keeping. */
  readonly from: number;
  /** One copy. */
  readonly unit: string;
  /** Tokens of one copy. */
  readonly period: number;
  /** Whole copies that were written. */
  readonly copies: number;
}

export interface LoopGuardOptions {
  /** What another reader saw on the page, if one looked and could read it. */
  readonly pageText?: string | undefined;
  /** Whether the answer is JSON: names of members are the schema's, and not on the page. */
  readonly isJson?: boolean | undefined;
}

/** Longest text, in tokens, that is noticed when it comes back. */
export const longestPeriod = 200;

/** What is written in a row before it is a loop: tokens, and copies. The larger one counts. */
interface Patience {
  readonly tokens: number;
  readonly copies: number;
}

/** For text that does not stand so often on the page: nothing speaks for it. */
const strict: Patience = { tokens: 64, copies: 3 };
/** For the same with numbers that differ: rows of tables look alike, and words of an object need not stand on the page. */
const strictCounting: Patience = { tokens: 128, copies: 6 };
/** For rules and leaders, which the line reader does not see: a form has rows of them. */
const ofLeaders: Patience = { tokens: 512, copies: 6 };
/** Where nobody looked at the page: a table may have many equal rows. */
const blind: Patience = { tokens: 512, copies: 8 };
const blindCounting: Patience = { tokens: 1024, copies: 24 };

/**
 * Notices when an answer goes round in circles, with any period from 1 to 200 tokens: copies that are equal, or equal but for their numbers ("1. foo 2. foo").
 * Costs some 400 comparisons a token; the text is only looked at where a repetition has become long.
 */
export class LoopGuard {
  readonly #page: PageWords | undefined;
  readonly #isJson: boolean;
  readonly #equal = new Repetition();
  readonly #counting = new Repetition();
  readonly #shapes = new Map<string, number>();
  #text = '';

  constructor({ pageText, isJson = false }: LoopGuardOptions = {}) {
    this.#page = pageText === undefined ? undefined : new PageWords(pageText);
    this.#isJson = isJson;
  }

  /** Told of each token of the answer in order, and the text it added. */
  push(token: number, text: string): FoundLoop | undefined {
    this.#text += text;
    this.#equal.push(token, this.#text.length);
    const shape = this.#shapeOf(token, text);
    if (shape !== undefined) this.#counting.push(shape, this.#text.length);
    return this.#find(this.#equal, false) ?? (shape === undefined ? undefined : this.#find(this.#counting, true));
  }

  /** The token without its digits; undefined for a digit behind another: numbers may grow. */
  #shapeOf(token: number, text: string): number | undefined {
    if (!/\d/.test(text)) return token;
    const shape = text.replace(/\d+/g, '0');
    if (/^\d+$/.test(text) && this.#counting.last === this.#shapes.get('0')) return undefined;
    const known = this.#shapes.get(shape);
    if (known !== undefined) return known;
    const id = -1 - this.#shapes.size; // tokens are numbers from 0
    this.#shapes.set(shape, id);
    return id;
  }

  #find(repetition: Repetition, isCounting: boolean): FoundLoop | undefined {
    for (const { period, run } of repetition.long()) {
      const { from, unitFrom, to } = repetition.place(period, run);
      const unit = this.#text.slice(unitFrom, to);
      const allowed = this.#page?.copiesOf(this.#isJson ? withoutNames(unit) : unit, { isCounting, isJson: this.#isJson });
      const patience = this.#patience(unit, allowed, isCounting);
      const most = Math.max(patience.tokens, patience.copies * period, Math.floor(allowed ?? 0) * period + 1);
      if (run + period >= most) return { from, unit, period, copies: Math.floor(run / period) + 1 };
      repetition.spare(period, most - period);
    }
    return undefined;
  }

  #patience(unit: string, allowed: number | undefined, isCounting: boolean): Patience {
    if (this.#page === undefined) return isCounting ? blindCounting : unit.trim() === '' ? strict : blind;
    if (allowed === undefined) return unit.trim() === '' && !isCounting ? strict : ofLeaders;
    return isCounting ? strictCounting : strict;
  }
}

/** A sequence of symbols, and for how long each period has held at its end. */
class Repetition {
  readonly #symbols: number[] = [];
  /** Characters of the answer behind each symbol. */
  readonly #ends: number[] = [];
  /** By period: symbols in a row that are equal to those one period before. */
  readonly #runs = new Int32Array(longestPeriod + 1);
  /** By period: a run of this length is looked at (again). */
  readonly #from = new Int32Array(longestPeriod + 1);

  /** Whether any run is to be looked at. */
  #isLong = false;

  constructor() {
    for (let period = 1; period <= longestPeriod; period += 1) this.#from[period] = firstLook(period);
  }

  get last(): number | undefined {
    return this.#symbols.at(-1);
  }

  push(symbol: number, end: number): void {
    const symbols = this.#symbols;
    const at = symbols.length;
    const runs = this.#runs;
    const from = this.#from;
    let isLong = false;
    for (let period = Math.min(longestPeriod, at); period >= 1; period -= 1) {
      const run = runs[period] as number;
      if (symbols[at - period] === symbol) {
        runs[period] = run + 1;
        if (run + 1 >= (from[period] as number)) isLong = true;
      } else if (run !== 0) {
        runs[period] = 0;
        from[period] = firstLook(period);
      }
    }
    this.#isLong = isLong;
    symbols.push(symbol);
    this.#ends.push(end);
  }

  /** Periods that have held for long, the shortest first. */
  *long(): Iterable<{ readonly period: number; readonly run: number }> {
    if (!this.#isLong) return;
    for (let period = 1; period <= longestPeriod; period += 1) {
      const run = this.#runs[period] as number;
      if (run >= (this.#from[period] as number)) yield { period, run };
    }
  }

  /** The run is no loop before it is so long. */
  spare(period: number, run: number): void {
    this.#from[period] = run;
  }

  /** Characters: where the second copy begins, and where the latest copy begins and ends. */
  place(period: number, run: number): { readonly from: number; readonly unitFrom: number; readonly to: number } {
    const last = this.#symbols.length - 1;
    return { from: this.#ends[last - run] ?? 0, unitFrom: this.#ends[last - period] ?? 0, to: this.#ends[last] as number };
  }
}

/** No repetition is a loop before this. */
function firstLook(period: number): number {
  return Math.max(strict.tokens, strict.copies * period) - period;
}

/** The values of a piece of JSON that goes round: what stands on a page, if anything does. It is turned to begin where a member does. */
function withoutNames(unit: string): string {
  const start = Math.max(0, unit.search(/[{,]/));
  return (unit.slice(start) + unit.slice(0, start)).replace(/"(?:[^"\\]|\\.)*"\s*:/g, ' ').replace(/\b(?:true|false|null)\b/g, ' ');
}
