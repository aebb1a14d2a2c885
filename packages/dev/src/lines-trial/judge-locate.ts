import type { TextLine } from '@h2ovl/contract';
import { foldText } from '@h2ovl/core/internal/lines/locate/fold-text';
import { locate } from '@h2ovl/core/internal/lines/locate/locate';
import { spellDate } from '@h2ovl/core/internal/lines/locate/spellings';
import { type DrawnPage, textOf } from './page-drawing.ts';

/** Values that a drawing says are there, and values of other drawings, which are not. */
export class LocateTally {
  /** Of values that stand on the page. */
  readonly there = { exact: 0, near: 0, none: 0, 'not-judged': 0 };
  /** Of values of four characters or more that do not. */
  readonly elsewhere = { exact: 0, near: 0, none: 0, 'not-judged': 0 };
  readonly faults: string[] = [];
  #earlier: readonly string[] = [];

  /** Looks for the page's own values, and for those of the page before. */
  add(page: DrawnPage, lines: readonly TextLine[], name: string): void {
    const own = Object.values(page.values);
    for (const value of own) {
      const { match } = locate(value, lines);
      this.there[match] += 1;
      if (match !== 'exact') this.faults.push(`${name}: ${JSON.stringify(value)} is there and was ${match}`);
    }
    const absent = this.#earlier.filter((value) => value.length >= 4 && !standsOn(page, value));
    for (const value of absent) {
      const { match } = locate(value, lines);
      this.elsewhere[match] += 1;
      if (match === 'exact') this.faults.push(`${name}: ${JSON.stringify(value)} is not there and was found`);
    }
    this.#earlier = own;
  }

  describe(): string {
    const [there, elsewhere] = [sum(this.there), sum(this.elsewhere)];
    return `values on their page: ${this.there.exact} of ${there} exact, ${this.there.near} near; on another page: ${this.elsewhere.exact} of ${elsewhere} exact, ${this.elsewhere.near} near`;
  }
}

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** Whether a drawing has a value in any spelling: its letters, its digits, or its date. */
function standsOn(page: DrawnPage, value: string): boolean {
  const text = foldText(textOf(page));
  const digits = value.replace(/\D/g, '');
  const wanted = [foldText(value), ...spellDate(value), ...(digits.length >= 3 ? [digits] : [])];
  return wanted.some((letters) => text.includes(letters));
}
