import type { DrawnPage } from '../../lines-trial/page-drawing.ts';
import { code, date, firm, good, money, person, sentence, street } from '../../lines-trial/phrases.ts';
import { Random } from '../../lines-trial/random.ts';

/** A line of a reading that was made of a drawn page. */
export interface SpoiltLine {
  readonly text: string;
  /** What was done to it. A dropped line is not in the text. */
  readonly fault: 'none' | 'invented' | 'digit' | 'dropped';
  /** The row it came from. */
  readonly row?: string;
}

/** A correct reading of a page with faults put in. */
export interface SpoiltReading {
  readonly text: string;
  readonly lines: readonly SpoiltLine[];
}

/** One fault of each kind for so many rows of a page, and one at least. */
const rowsPerFault = 8;

/** How models write a page: lines as they stand, rows of tables, cells one below the other, rows in another order, or all lines as one paragraph. */
const forms = ['lines', 'table', 'cells', 'shuffled', 'headings', 'paragraph'] as const;

/** Writes down what stands on a page in one of the forms that models use, and puts invented lines, changed digits and gaps into it. */
export function spoilReading({ rows }: Pick<DrawnPage, 'rows'>, seed: number): SpoiltReading {
  const random = new Random(seed * 7919 + 13);
  const form = forms[seed % forms.length] as (typeof forms)[number];
  const lines: SpoiltLine[] = rows.flatMap((row) => {
    const texts = row.map(({ text }) => text);
    const whole = texts.join(' ');
    if (form === 'cells') return texts.map((text) => ({ text, fault: 'none', row: whole }) as const);
    const text = form === 'table' && texts.length > 1 ? `| ${texts.join(' | ')} |` : form === 'headings' ? `## **${whole}**` : whole;
    return [{ text, fault: 'none', row: whole }];
  });
  if (form === 'shuffled') shuffle(lines, random);
  const count = Math.max(1, Math.floor(rows.length / rowsPerFault));
  for (let index = 0; index < count; index += 1) {
    changeDigit(lines, random);
    drop(lines, random);
    lines.splice(random.whole(0, lines.length), 0, { text: invent(random), fault: 'invented' });
  }
  const kept = lines.filter(({ fault }) => fault !== 'dropped');
  return { text: kept.map(({ text }) => text).join(form === 'paragraph' ? '  ' : '\n'), lines };
}

function shuffle(lines: SpoiltLine[], random: Random): void {
  for (let at = lines.length - 1; at > 0; at -= 1) {
    const other = random.whole(0, at);
    [lines[at], lines[other]] = [lines[other] as SpoiltLine, lines[at] as SpoiltLine];
  }
}

function changeDigit(lines: SpoiltLine[], random: Random): void {
  const fit = [...lines.keys()].filter((at) => lines[at]?.fault === 'none' && /\d/.test(lines[at]?.text ?? ''));
  if (fit.length === 0) return;
  const at = random.pick(fit);
  const line = lines[at] as SpoiltLine;
  const places = [...line.text.matchAll(/\d/g)].map(({ index }) => index);
  const place = random.pick(places);
  const digit = (Number(line.text[place]) + random.whole(1, 9)) % 10;
  lines[at] = { ...line, fault: 'digit', text: line.text.slice(0, place) + digit + line.text.slice(place + 1) };
}

function drop(lines: SpoiltLine[], random: Random): void {
  const fit = [...lines.keys()].filter((at) => lines[at]?.fault === 'none' && (lines[at]?.text.match(/[\p{L}\p{N}]/gu) ?? []).length >= 2);
  if (fit.length <= 1) return;
  const at = random.pick(fit);
  lines[at] = { ...(lines[at] as SpoiltLine), fault: 'dropped' };
}

function invent(random: Random): string {
  const kinds = [
    () => sentence(random, random.whole(20, 60)),
    () => `${good(random)} ${money(random.whole(100, 90_000), false)}`,
    () => `${firm(random)}, ${street(random)}`,
    () => `${person(random)} ${date(random).written}`,
    () => `Reference ${code(random, 'AA-99999')}`,
    () => `Subtotal ${money(random.whole(100, 900_000), false)}`,
  ];
  return random.pick(kinds)();
}
