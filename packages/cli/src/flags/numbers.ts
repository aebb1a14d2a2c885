import { InvalidArgumentError } from 'commander';

/** Reads a flag's value as a whole number from 1 to a million. */
export function wholeNumber(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= 1_000_000) return number;
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}

/** Reads any whole number that JavaScript holds exactly. */
export function anyWholeNumber(value: string): number {
  const number = Number(value);
  if (/^-?\d+$/.test(value) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('It must be a whole number.');
}

/** A reader of decimal numbers from 0 (or above 0) to `most`. */
export function decimal(most: number, { isZeroAllowed }: { readonly isZeroAllowed: boolean }): (value: string) => number {
  return (value) => {
    const number = Number(value);
    const isLargeEnough = isZeroAllowed ? number >= 0 : number > 0;
    if (/^\d*\.?\d+$/.test(value) && isLargeEnough && number <= most) return number;
    throw new InvalidArgumentError(`It must be a number ${isZeroAllowed ? 'from' : 'above'} 0${most === Infinity ? '' : ` to ${most}`}.`);
  };
}

/** A reader of whole numbers from 1, as large as JavaScript holds exactly. */
export function countOf(unit: string): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= 1) return number;
    throw new InvalidArgumentError(`It must be a whole number of ${unit}.`);
  };
}
