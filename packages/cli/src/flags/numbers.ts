import { InvalidArgumentError } from 'commander';

/** Reads a flag's value as a whole number from 1 to a million. */
export function wholeNumber(value: string): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= 1_000_000) return number;
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}
