import { PageDrawing } from '../../lines-trial/page-drawing.ts';
import { code, date, firm, good, money, person, street, town } from '../../lines-trial/phrases.ts';
import type { Random } from '../../lines-trial/random.ts';

/** Where a value was drawn: the end of it that is known, and the middle of its row; pixels. */
export interface ValueSpot {
  readonly edge: 'left' | 'middle' | 'right';
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

export const sheetKinds = ['order', 'boxes', 'bill', 'statement'] as const;
export type SheetKind = (typeof sheetKinds)[number];

/** What is drawn of a kind, and the object that it says. */
export function makeSheet(kind: SheetKind, random: Random): { readonly sheet: Sheet; readonly object: Record<string, unknown> } {
  return makers[kind](random);
}

/** Collects what is drawn with the place of each value. */
export class Sheet {
  readonly drawing: PageDrawing;
  readonly spots: Record<string, ValueSpot> = {};

  constructor(width: number, height: number, random: Random) {
    this.drawing = new PageDrawing(width, height, random);
  }

  put(x: number, y: number, size: number, text: string, path?: string, edge: 'left' | 'right' = 'left'): void {
    this.drawing.row(y, size, [{ x, text, isRight: edge === 'right' }]);
    if (path !== undefined) this.spots[path] = { edge, x, y: y - 0.35 * size, size };
  }
}

const makers: Readonly<Record<SheetKind, (random: Random) => { readonly sheet: Sheet; readonly object: Record<string, unknown> }>> = {
  /** An order: positions with numbers, equal prices, net, tax and gross below. */
  order(random) {
    const sheet = new Sheet(1240, 1500, random);
    const size = random.whole(20, 26);
    const isContinental = random.chance(0.5);
    const put = (x: number, y: number, text: string, path?: string, edge?: 'left' | 'right'): void =>
      sheet.put(x, y, size, text, path, edge);
    const object: Record<string, unknown> = {
      supplier: firm(random),
      order_number: code(random, 'AA-999999'),
      order_date: date(random).written,
      delivery_date: date(random).written,
    };
    put(80, 110, String(object.supplier), 'supplier');
    put(80, 110 + 1.6 * size, `${street(random)}, ${town(random)}`);
    for (const [index, [label, name]] of (
      [
        ['Order no.', 'order_number'],
        ['Order date', 'order_date'],
        ['Delivery date', 'delivery_date'],
      ] as const
    ).entries()) {
      const y = 110 + index * 1.7 * size;
      put(780, y, label);
      put(1160, y, String(object[name]), name, 'right');
    }
    let y = 330;
    const columns = { pos: 80, article: 170, quantity: 720, unit_price: 930, amount: 1160 } as const;
    for (const [name, x] of Object.entries(columns)) {
      put(x, y, name === 'unit_price' ? 'Unit price' : name.charAt(0).toUpperCase() + name.slice(1), undefined, x < 200 ? 'left' : 'right');
    }
    const prices = [random.whole(100, 9_900), random.whole(100, 9_900)];
    const items: Record<string, unknown>[] = [];
    let net = 0;
    for (let index = random.whole(2, 8), at = 0; index > 0; index -= 1, at += 1) {
      y += 1.8 * size;
      const [quantity, price] = [random.whole(1, 4), random.pick(prices)];
      const item = { position: at + 1, article: good(random), quantity, unit_price: price / 100, amount: (quantity * price) / 100 };
      net += quantity * price;
      items.push(item);
      put(columns.pos, y, String(item.position), `items[${at}].position`);
      put(columns.article, y, item.article, `items[${at}].article`);
      put(columns.quantity, y, String(quantity), `items[${at}].quantity`, 'right');
      put(columns.unit_price, y, money(price, isContinental), `items[${at}].unit_price`, 'right');
      put(columns.amount, y, money(quantity * price, isContinental), `items[${at}].amount`, 'right');
    }
    y += size;
    const tax = Math.round(net * 0.19);
    const sums = [
      ['Subtotal', 'subtotal', net],
      ['Tax 19 %', 'tax', tax],
      ['Total', 'total', net + tax],
    ] as const;
    for (const [label, name, cents] of sums) {
      y += 1.8 * size;
      put(720, y, label);
      put(columns.amount, y, money(cents, isContinental), name, 'right');
      object[name] = cents / 100;
    }
    return { sheet, object: { ...object, items } };
  },

  /** A form whose labels stand above the values, side by side, two of which are equal at times. */
  boxes(random) {
    const sheet = new Sheet(1240, 1300, random);
    const size = random.whole(22, 28);
    sheet.put(80, 100, size * 1.5, 'Registration of a vehicle');
    const [holder, born] = [person(random), date(random).written];
    const place = town(random);
    const object: Record<string, unknown> = {
      holder,
      date_of_birth: born,
      street: street(random),
      town: place,
      place_of_birth: random.chance(0.5) ? place : town(random),
      driver: random.chance(0.4) ? holder : person(random),
      registration_number: code(random, 'AA-AA 999'),
      first_registration: date(random).written,
      power: random.whole(40, 220),
      seats: random.whole(2, 7),
    };
    const labels = [
      'Holder',
      'Date of birth',
      'Street',
      'Town',
      'Place of birth',
      'Driver',
      'Registration number',
      'First registration',
      'Power (kW)',
      'Seats',
    ];
    for (const [index, [name, value]] of Object.entries(object).entries()) {
      const [x, y] = [80 + (index % 2) * 580, 230 + Math.floor(index / 2) * size * 5];
      sheet.drawing.shape(
        `<rect x="${x - 14}" y="${y - size * 1.2}" width="540" height="${size * 3.6}" fill="none" stroke="#778" stroke-width="2"/>`,
      );
      sheet.put(x, y, size * 0.7, labels[index] as string);
      sheet.put(x, y + size * 1.7, size, String(value), name);
    }
    return { sheet, object };
  },

  /** An account's bookings: the same days and amounts again and again, money out with a minus, balances above and below. */
  statement(random) {
    const sheet = new Sheet(1240, 1500, random);
    const size = random.whole(19, 25);
    const object: Record<string, unknown> = {
      bank: firm(random),
      account_holder: person(random),
      iban: `DE${code(random, '99 9999 9999 9999 9999 99')}`,
      opening_balance: random.whole(10_000, 900_000) / 100,
    };
    sheet.put(90, 120, size * 1.5, String(object.bank), 'bank');
    const facts = [
      ['Account holder', 'account_holder'],
      ['IBAN', 'iban'],
    ] as const;
    for (const [index, [label, name]] of facts.entries()) {
      sheet.put(90, 220 + index * 1.8 * size, size, `${label}:`);
      sheet.put(400, 220 + index * 1.8 * size, size, String(object[name]), name);
    }
    let y = 360;
    const balance = (label: string, name: string): void => {
      sheet.put(90, y, size, label);
      sheet.put(1150, y, size, money(Math.round(Number(object[name]) * 100), false), name, 'right');
      y += 2 * size;
    };
    balance('Opening balance', 'opening_balance');
    for (const [label, x] of [
      ['Date', 90],
      ['Text', 320],
    ] as const)
      sheet.put(x, y, size, label);
    sheet.put(1150, y, size, 'Amount', undefined, 'right');
    const days = [date(random).iso, date(random).iso];
    const amounts = [random.whole(100, 9_000), random.whole(100, 90_000)];
    const transactions: Record<string, unknown>[] = [];
    for (let count = random.whole(3, 12), at = 0; count > 0; count -= 1, at += 1) {
      y += 1.7 * size;
      const [day, cents] = [random.pick(days), random.pick(amounts)];
      const isOut = random.chance(0.6);
      const booked = { date: day, description: firm(random), amount: (isOut ? -cents : cents) / 100 };
      transactions.push(booked);
      sheet.put(90, y, size, day, `transactions[${at}].date`);
      sheet.put(320, y, size, booked.description, `transactions[${at}].description`);
      sheet.put(1150, y, size, `${isOut ? '-' : ''}${money(cents, false)}`, `transactions[${at}].amount`, 'right');
    }
    const sum = transactions.reduce((total, { amount }) => total + Math.round(Number(amount) * 100), 0);
    object.closing_balance = Math.abs(Math.round(Number(object.opening_balance) * 100) + sum) / 100;
    y += 3 * size;
    balance('Closing balance', 'closing_balance');
    return { sheet, object: { ...object, transactions } };
  },

  /** A narrow bill: names above their prices, values behind colons on one row. */
  bill(random) {
    const size = random.whole(20, 26);
    const sheet = new Sheet(size * 26, 1300, random);
    const [left, right] = [size, size * 25];
    const object: Record<string, unknown> = {
      restaurant: firm(random),
      table: random.whole(1, 40),
      guests: random.whole(1, 8),
      waiter: person(random),
    };
    let y = size * 2;
    const put = (x: number, text: string, path?: string, edge?: 'left' | 'right'): void => sheet.put(x, y, size, text, path, edge);
    put(left, String(object.restaurant), 'restaurant');
    y += size * 2.2;
    put(left, 'Table:');
    put(left + size * 5, String(object.table), 'table');
    put(left + size * 13, 'Guests:');
    put(left + size * 19, String(object.guests), 'guests');
    y += size * 1.6;
    put(left, 'Waiter:');
    put(left + size * 5, String(object.waiter), 'waiter');
    const dishes: Record<string, unknown>[] = [];
    let total = 0;
    for (let count = random.whole(2, 7), at = 0; count > 0; count -= 1, at += 1) {
      y += size * 2;
      const cents = random.whole(250, 4_500);
      total += cents;
      const name = good(random);
      put(left, name, `dishes[${at}].name`);
      put(right, money(cents, false), `dishes[${at}].price`, 'right');
      dishes.push({ name, price: cents / 100 });
    }
    y += size * 2.4;
    put(left, 'Total');
    put(right, money(total, false), 'total', 'right');
    y += size * 1.8;
    const paid = total + random.whole(0, 3) * 100;
    put(left, 'Paid');
    put(right, money(paid, false), 'paid', 'right');
    return { sheet, object: { ...object, dishes, total: total / 100, paid: paid / 100 } };
  },
};
