import { decimalOf } from '../../constraints/number/decimal.ts';
import { numbersIn } from '../../lines/locate/spellings.ts';

/** A decimal number without rounding: `units` times ten to the power of minus `places`. */
export interface Exact {
  readonly units: bigint;
  readonly places: number;
}

/** "1.234" is a thousand for some and one and a bit for others: all numbers of a check are read in the same way. */
export const readings = ['grouped', 'fraction'] as const;
export type NumberReading = (typeof readings)[number];

/** A value as an exact number; undefined where it is none. Text is read as people print numbers: 1.234,50, (12.00), 45,- are not all the same. */
export function readNumber(value: unknown, reading: NumberReading): Exact | undefined {
  if (typeof value === 'number') {
    const { isNegative, whole, fraction } = decimalOf(value);
    return exact(`${whole}.${fraction}`, isNegative);
  }
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const isBracketed = /^\(.*\)$/.test(text);
  const inner = isBracketed ? text.slice(1, -1) : text;
  const numbers = [...numbersIn(inner)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  if (numbers.length === 0) return undefined;
  const grouped = numbers.find((number) => !number.includes('.')) ?? (numbers[0] as string);
  const fraction = numbers.find((number) => number.includes('.')) ?? (numbers[0] as string);
  return exact(reading === 'grouped' ? grouped : fraction, isBracketed || /^\D*[-−]|[-−]\D*$/.test(inner));
}

function exact(plain: string, isNegative: boolean): Exact {
  const [whole = '0', fraction = ''] = plain.split('.');
  const units = BigInt(whole + fraction);
  return { units: isNegative ? -units : units, places: fraction.length };
}

export const zero: Exact = { units: 0n, places: 0 };

export function add(a: Exact, b: Exact): Exact {
  const places = Math.max(a.places, b.places);
  return { units: unitsAt(a, places) + unitsAt(b, places), places };
}

export function multiply(a: Exact, b: Exact): Exact {
  return { units: a.units * b.units, places: a.places + b.places };
}

/** Whether two numbers differ by no more than `most`. */
export function isWithin(a: Exact, b: Exact, most: Exact): boolean {
  const places = Math.max(a.places, b.places, most.places);
  const apart = unitsAt(a, places) - unitsAt(b, places);
  return (apart < 0n ? -apart : apart) <= unitsAt(most, places);
}

const unitsAt = ({ units, places }: Exact, wanted: number): bigint => units * 10n ** BigInt(wanted - places);

/** In plain notation. */
export function writeExact({ units, places }: Exact): string {
  const sign = units < 0n ? '-' : '';
  const digits = String(units < 0n ? -units : units).padStart(places + 1, '0');
  return places === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
