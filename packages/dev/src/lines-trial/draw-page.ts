import { type DrawnPage, PageDrawing } from './page-drawing.ts';
import { code, date, firm, foreignLines, good, money, person, sentence, street, town } from './phrases.ts';
import { Random } from './random.ts';

/** The kinds of pages, each drawn from a seed. */
const kinds: Readonly<Record<string, (random: Random) => DrawnPage>> = { receipt, invoice, letter, form, table, columns, screen, label };
export const kindNames: readonly string[] = Object.keys(kinds);

export function drawPage(kind: string, seed: number): DrawnPage {
  const draw = kinds[kind];
  if (draw === undefined) throw new Error(`There is no kind of page ${kind}.`);
  return draw(new Random(seed * 131 + kindNames.indexOf(kind)));
}

function receipt(random: Random): DrawnPage {
  const size = random.whole(20, 30);
  const count = random.whole(3, 10);
  const drawing = new PageDrawing(size * 24, size * (19 + 2 * count), random);
  const [left, right] = [size, size * 23];
  let y = size * 2;
  const line = (text: string, isBold = false): void => {
    drawing.row(y, size, [{ x: left, text }], isBold);
    y += size * 1.5;
  };
  const pair = (a: string, b: string): void => {
    drawing.row(y, size, [
      { x: left, text: a },
      { x: right, text: b, isRight: true },
    ]);
    y += size * 1.5;
  };
  const isContinental = random.chance(0.4);
  const company = firm(random);
  const [place, number, { iso, written }] = [town(random), code(random, '999999'), date(random)];
  line(company, true);
  line(street(random));
  line(place);
  pair(`Receipt ${number}`, written);
  let total = 0;
  for (let index = 0; index < count; index += 1) {
    const cents = random.whole(95, 24_999);
    total += cents;
    pair(good(random), money(cents, isContinental));
  }
  drawing.rule(y - size, left, right);
  y += size * 0.6;
  pair('TOTAL', money(total, isContinental));
  pair('VAT', money(Math.round(total * 0.19), isContinental));
  line('Thank you for your visit');
  Object.assign(drawing.values, { company, place, number, date: iso, total: (total / 100).toFixed(2) });
  return drawing.finish('receipt');
}

function invoice(random: Random): DrawnPage {
  const drawing = new PageDrawing(1240, 1754, random);
  const size = random.whole(20, 26);
  const isContinental = random.chance(0.4);
  const company = firm(random);
  const [number, customer, { iso, written }] = [code(random, 'AA-999999'), person(random), date(random)];
  const iban = `DE${code(random, '99 9999 9999 9999 9999 99')}`;
  drawing.row(120, size * 1.8, [{ x: 90, text: company }], true);
  drawing.row(120 + size * 1.6, size, [{ x: 90, text: `${street(random)}, ${town(random)}` }]);
  let y = 300;
  for (const text of [customer, street(random), town(random)]) {
    drawing.row(y, size, [{ x: 90, text }]);
    y += size * 1.5;
  }
  y += size;
  drawing.row(y, size, [
    { x: 90, text: `Invoice ${number}` },
    { x: 1150, text: `Date ${written}`, isRight: true },
  ]);
  y += size * 2.4;
  const columns = [90, 640, 860, 1150] as const;
  const row = (texts: readonly string[], isBold = false): void => {
    drawing.row(
      y,
      size,
      texts.map((text, index) => ({ x: columns[index] as number, text, isRight: index > 0 })),
      isBold,
    );
    y += size * 1.7;
  };
  row(['Description', 'Quantity', 'Price', 'Amount'], true);
  let total = 0;
  for (let index = random.whole(3, 14); index > 0; index -= 1) {
    const [quantity, price] = [random.whole(1, 12), random.whole(150, 49_999)];
    total += quantity * price;
    row([good(random), String(quantity), money(price, isContinental), money(quantity * price, isContinental)]);
  }
  drawing.rule(y - size, 90, 1150);
  y += size;
  drawing.row(y, size * 1.2, [
    { x: 640, text: 'Total' },
    { x: 1150, text: money(total, isContinental), isRight: true },
  ]);
  y += size * 3;
  drawing.row(y, size * 0.85, [{ x: 90, text: `Please pay within 30 days to ${iban}.` }]);
  Object.assign(drawing.values, { company, number, customer, iban, date: iso, total: (total / 100).toFixed(2) });
  return drawing.finish('invoice');
}

function letter(random: Random): DrawnPage {
  const drawing = new PageDrawing(1240, 1754, random);
  const size = random.whole(19, 27);
  const letters = Math.floor(1000 / (size * 0.6));
  let y = 130;
  for (let index = random.whole(12, 34); index > 0 && y < 1680; index -= 1) {
    drawing.row(y, size, [{ x: 110, text: sentence(random, letters * random.pick([0.95, 0.95, 0.9, 0.5])) }]);
    y += size * (random.chance(0.15) ? 2.6 : 1.5);
  }
  return drawing.finish('letter');
}

function form(random: Random): DrawnPage {
  const drawing = new PageDrawing(1240, 1500, random);
  const size = random.whole(20, 26);
  let y = 120;
  drawing.row(y, size * 1.6, [{ x: 90, text: 'Application for membership' }], true);
  const entries = {
    Name: person(random),
    Street: street(random),
    Town: town(random),
    Born: date(random).written,
    Account: code(random, '9999 9999 99'),
    Reference: code(random, 'AA9-99999'),
  };
  for (const [name, text] of Object.entries(entries)) {
    y += size * 3.2;
    drawing.shape(`<rect x="330" y="${y - size * 1.4}" width="780" height="${size * 2.1}" fill="none" stroke="#667" stroke-width="2"/>`);
    drawing.row(y, size, [
      { x: 90, text: `${name}:` },
      { x: 350, text },
    ]);
    drawing.values[name.toLowerCase()] = text;
  }
  y += size * 4;
  for (let index = 0; index < 3; index += 1, y += size * 1.5) drawing.row(y, size * 0.8, [{ x: 90, text: sentence(random, 70) }]);
  return drawing.finish('form');
}

function table(random: Random): DrawnPage {
  const drawing = new PageDrawing(1600, 1130, random);
  const size = random.whole(17, 23);
  const columns = [70, 620, 860, 1090, 1310, 1530] as const;
  let y = 100;
  drawing.row(y, size * 1.5, [{ x: 70, text: `Stock report ${random.whole(2015, 2026)}` }], true);
  for (let index = random.whole(10, 20); index > 0; index -= 1) {
    y += size * 2.1;
    drawing.rule(y - size * 1.45, 60, 1540);
    const numbers = columns.slice(1).map((x) => ({ x, text: money(random.whole(1_000, 9_999_999), false), isRight: true }));
    drawing.row(y, size, [{ x: 70, text: `${code(random, 'A99')} ${good(random)}` }, ...numbers]);
  }
  return drawing.finish('table');
}

function columns(random: Random): DrawnPage {
  const drawing = new PageDrawing(1400, 1000, random, { font: random.pick(['Liberation Serif', 'DejaVu Serif', 'Liberation Sans']) });
  const size = random.whole(19, 22);
  drawing.row(100, size * 1.9, [{ x: 90, text: sentence(random, 38) }], true);
  for (const x of [90, 730]) {
    for (let index = 0, y = 180; index < 20; index += 1, y += size * 1.5) {
      drawing.row(y, size, [{ x, text: sentence(random, Math.floor(480 / (size * 0.56))) }]);
    }
  }
  return drawing.finish('columns');
}

function screen(random: Random): DrawnPage {
  const isDark = random.chance(0.5);
  const drawing = new PageDrawing(1080, 1500, random, isDark ? { ground: '#14181d', ink: '#e6e6e6' } : { ground: '#eef1f5', ink: '#222' });
  let y = 90;
  while (y < 1420) {
    const size = random.pick([24, 28, 32, 44]);
    y += size;
    drawing.row(y, size, [{ x: 60, text: sentence(random, random.whole(8, Math.floor(900 / (size * 0.62)))) }]);
    y += size * 0.8;
  }
  return drawing.finish('screen');
}

function label(random: Random): DrawnPage {
  const drawing = new PageDrawing(800, 520, random, { ground: random.pick(['#fff', '#f3e9c8', '#cfe3ff']) });
  const entries = {
    person: person(random),
    street: street(random),
    town: town(random).toUpperCase(),
    code: code(random, 'AA 9999 9999 AA'),
  };
  let y = 110;
  for (const [name, text] of Object.entries(entries)) {
    const size = random.whole(26, 54);
    y += size;
    drawing.row(y, size, [{ x: 50, text }]);
    y += size * 0.6;
    drawing.values[name] = text;
  }
  return drawing.finish('label');
}

/** A screenshot that was scrolled: 300 numbered lines. */
export function drawScreenshot(): DrawnPage {
  const random = new Random(300);
  const drawing = new PageDrawing(1080, 12_000, random, { font: 'DejaVu Sans' });
  for (let index = 1; index <= 300; index += 1) {
    drawing.row(20 + index * 39, 26, [{ x: 40, text: `${String(index).padStart(3, '0')} ${sentence(random, 44)}` }]);
  }
  return drawing.finish('screenshot');
}

/** A full page of 40 lines, whose time is taken. */
export function drawFortyLines(seed: number): DrawnPage {
  const random = new Random(seed + 40);
  const drawing = new PageDrawing(1240, 1754, random);
  for (let index = 0; index < 40; index += 1) drawing.row(90 + index * 40, 22, [{ x: 90, text: sentence(random, 70) }]);
  return drawing.finish('forty');
}

/** A form of small boxes, each around a short value. */
export function drawSmallBoxes(seed: number): DrawnPage {
  const random = new Random(seed);
  const drawing = new PageDrawing(1240, 900, random);
  for (let row = 0; row < 8; row += 1) {
    const y = 100 + row * 90;
    const texts = [0, 1, 2, 3, 4].map((column) => {
      const x = 80 + column * 220;
      drawing.shape(`<rect x="${x}" y="${y - 27}" width="150" height="38" fill="none" stroke="#333" stroke-width="2"/>`);
      return {
        x: x + 12,
        text: random.pick([code(random, '99'), code(random, 'A9'), code(random, '999.99'), code(random, 'AA-999'), code(random, '99/99')]),
      };
    });
    drawing.row(y, 22, texts);
  }
  return drawing.finish('boxes');
}

/** A page of one language's letters and signs. */
export function drawLanguage(language: string, font: string): DrawnPage {
  const drawing = new PageDrawing(1000, 460, new Random(1), { font });
  for (const [index, text] of (foreignLines[language] ?? []).entries()) drawing.row(80 + index * 80, 34, [{ x: 60, text }]);
  return drawing.finish(language);
}
