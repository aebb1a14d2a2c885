import { createSeededRandom } from '@h2ovl/core/internal/generation/seeded-random';
import { type DrawnPlace, drawPage, type PageLine, type PageLook, placesOf } from './draw-page.ts';
import { type PrintedDate, type PrintedNumber, printDate, printNumber } from './printed.ts';
import { cities, companies, givenNames, payments, products, streets, surnames } from './words.ts';

/** Kinds of documents that are drawn. */
export const documentKinds = ['receipt', 'invoice', 'form'] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** A value that stands on a page. */
export type DrawnValue = string | PrintedDate | PrintedNumber | readonly DrawnItem[];

export interface DrawnItem {
  readonly name: string;
  readonly quantity: PrintedNumber;
  readonly price: PrintedNumber;
}

/** A page of which everything is known. */
export interface DrawnDocument {
  readonly kind: DocumentKind;
  readonly seed: number;
  readonly png: Uint8Array;
  /** By the names under which they are asked for. */
  readonly values: Readonly<Record<string, DrawnValue>>;
  /** Where they stand, by paths such as `items[1].price`. */
  readonly places: Readonly<Record<string, DrawnPlace>>;
}

/** Draws one document; the same seed draws the same one. */
export async function drawDocument(kind: DocumentKind, seed: number): Promise<DrawnDocument> {
  const dice = createDice(seed * documentKinds.length + documentKinds.indexOf(kind));
  const { lines, values } = makers[kind](dice);
  return { kind, seed, png: await drawPage(lines, lookOf(dice)), values, places: placesOf(lines) };
}

interface Made {
  readonly lines: readonly (PageLine | undefined)[];
  readonly values: Readonly<Record<string, DrawnValue>>;
}

interface Dice {
  readonly whole: (from: number, to: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
}

function createDice(seed: number): Dice {
  const random = createSeededRandom(seed);
  const whole = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  return { whole, pick: (from) => from[whole(0, from.length - 1)] as (typeof from)[number] };
}

const digits = ({ whole }: Dice, count: number): string => Array.from({ length: count }, () => whole(0, 9)).join('');
const personOf = ({ pick }: Dice): string => `${pick(givenNames)} ${pick(surnames)}`;

function lookOf({ pick, whole }: Dice): PageLook {
  return {
    font: pick(['Liberation Sans', 'DejaVu Sans', 'Liberation Serif', 'DejaVu Serif', 'Liberation Sans Narrow']),
    isBold: whole(0, 3) === 0,
    ink: pick(['#000000', '#1f2328', '#24335c', '#3b2a20']),
    paper: pick(['#ffffff', '#ffffff', '#fbf8ee', '#eef4fb']),
  };
}

/** The lines of a list and its sum; `isEuropean` prints 1.234,50. */
function drawItems(dice: Dice, isEuropean: boolean): { readonly items: readonly DrawnItem[]; readonly total: number } {
  const first = dice.whole(0, products.length - 1);
  const items = Array.from({ length: dice.whole(2, 4) }, (_, index) => ({
    name: products[(first + index * 5) % products.length] as string,
    quantity: printNumber(dice.whole(1, 9), 0, false),
    price: printNumber(dice.whole(150, 39_900) / 100, 2, isEuropean),
  }));
  return { items, total: items.reduce((sum, { price }) => sum + price.value, 0) };
}

const makers: Readonly<Record<DocumentKind, (dice: Dice) => Made>> = {
  receipt(dice) {
    const isEuropean = dice.whole(0, 1) === 0;
    const { items, total } = drawItems(dice, isEuropean);
    const values = {
      company: dice.pick(companies),
      receipt_number: `${dice.pick(['R', 'B', 'TX'])}-${digits(dice, 5)}`,
      date: printDate(dice.whole(2012, 2027), dice.whole(1, 12), dice.whole(1, 28), dice.whole(0, 5)),
      total: printNumber(total, 2, isEuropean),
      payment_method: dice.pick(payments),
      items,
    };
    const lines: (PageLine | undefined)[] = [
      { left: values.company, size: 'large', values: { left: 'company' } },
      { left: `${dice.pick(streets)} ${dice.whole(1, 99)}, ${digits(dice, 5)} ${dice.pick(cities)}` },
      undefined,
      { left: 'Date:', right: values.date.printed, values: { right: 'date' } },
      { left: 'Receipt number:', right: values.receipt_number, isRuled: true, values: { right: 'receipt_number' } },
      ...items.map(({ name, price }, at) => ({
        left: name,
        right: price.printed,
        values: { left: `items[${at}].name`, right: `items[${at}].price` },
      })),
      { left: 'Total:', right: values.total.printed, size: 'large', values: { right: 'total' } },
      { left: 'Payment method:', right: values.payment_method, values: { right: 'payment_method' } },
    ];
    return { lines, values };
  },
  invoice(dice) {
    const isEuropean = dice.whole(0, 1) === 0;
    const { items, total } = drawItems(dice, isEuropean);
    const values = {
      seller: dice.pick(companies),
      invoice_number: `${dice.pick(['INV', 'RE', 'F'])}-${digits(dice, 6)}`,
      invoice_date: printDate(dice.whole(2012, 2027), dice.whole(1, 12), dice.whole(1, 28), dice.whole(0, 5)),
      total: printNumber(total, 2, isEuropean),
      buyer: personOf(dice),
      items,
    };
    const lines: (PageLine | undefined)[] = [
      { left: values.seller, right: 'Invoice', size: 'large', values: { left: 'seller' } },
      { left: `${dice.pick(streets)} ${dice.whole(1, 99)}` },
      { left: `${digits(dice, 5)} ${dice.pick(cities)}` },
      undefined,
      { left: 'Invoice number:', right: values.invoice_number, values: { right: 'invoice_number' } },
      { left: 'Invoice date:', right: values.invoice_date.printed, values: { right: 'invoice_date' } },
      undefined,
      { left: 'Bill to' },
      { left: values.buyer, values: { left: 'buyer' } },
      { left: `${digits(dice, 5)} ${dice.pick(cities)}` },
      undefined,
      { left: 'Description', middle: 'Qty', right: 'Total', isRuled: true },
      ...items.map(({ name, quantity, price }, at) => ({
        left: name,
        middle: quantity.printed,
        right: price.printed,
        values: { left: `items[${at}].name`, middle: `items[${at}].quantity`, right: `items[${at}].price` },
      })),
      { left: 'Total:', right: `${isEuropean ? '€' : '$'}${values.total.printed}`, size: 'large', values: { right: 'total' } },
    ];
    return { lines, values };
  },
  form(dice) {
    const values = {
      name: personOf(dice),
      date_of_birth: printDate(dice.whole(1940, 2010), dice.whole(1, 12), dice.whole(1, 28), dice.whole(0, 5)),
      city: dice.pick(cities),
      phone: `${digits(dice, 3)}-${digits(dice, 3)}-${digits(dice, 4)}`,
      reference: `${dice.pick(['K', 'M', 'AB'])}${digits(dice, 6)}`,
    };
    const lines: (PageLine | undefined)[] = [
      { left: dice.pick(['Registration', 'Application form', 'Membership form']), size: 'large' },
      undefined,
      { left: 'Name:', right: values.name, values: { right: 'name' } },
      { left: 'Date of birth:', right: values.date_of_birth.printed, values: { right: 'date_of_birth' } },
      { left: 'City:', right: values.city, values: { right: 'city' } },
      { left: 'Phone:', right: values.phone, values: { right: 'phone' } },
      { left: 'Reference:', right: values.reference, values: { right: 'reference' } },
    ];
    return { lines, values };
  },
};
