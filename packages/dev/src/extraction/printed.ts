/** A date as a page shows it, and as ISO 8601 writes it. */
export interface PrintedDate {
  readonly printed: string;
  readonly iso: string;
}

/** A number as a page shows it, and what it is worth. */
export interface PrintedNumber {
  readonly printed: string;
  readonly value: number;
}

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const pad = (value: number): string => String(value).padStart(2, '0');

/** One of six ways in which people write dates, by number. */
export function printDate(year: number, month: number, day: number, way: number): PrintedDate {
  const name = months[month - 1] as string;
  const ways = [
    `${pad(day)}.${pad(month)}.${year}`,
    `${pad(day)}/${pad(month)}/${year}`,
    `${year}-${pad(month)}-${pad(day)}`,
    `${day} ${name.slice(0, 3)} ${year}`,
    `${name} ${day}, ${year}`,
    `${pad(day)}-${pad(month)}-${year}`,
  ];
  return { printed: ways[way % ways.length] as string, iso: `${year}-${pad(month)}-${pad(day)}` };
}

/** 1,234.50, or 1.234,50 the European way. */
export function printNumber(value: number, fractionDigits: number, isEuropean: boolean): PrintedNumber {
  const [whole = '', fraction] = value.toFixed(fractionDigits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, isEuropean ? '.' : ',');
  const printed = fraction === undefined ? grouped : `${grouped}${isEuropean ? ',' : '.'}${fraction}`;
  return { printed, value: Number(value.toFixed(fractionDigits)) };
}
