/** Digits of a text as numbers. */
export const digitsOf = (text: string): number[] => [...text].map(Number);

/** Each digit times its weight, added up. */
export function weigh(digits: readonly number[], weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * (digits[index] ?? 0), 0);
}

/** Luhn's rule (ISO/IEC 7812): every second digit from the right but the last counts twice, its own digits added. */
export function passesLuhn(text: string): boolean {
  const sum = digitsOf(text)
    .reverse()
    .reduce((total, digit, index) => total + (index % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit), 0);
  return sum % 10 === 0;
}

/** The last digit of EAN-8, EAN-13 and ISBN-13: weights 3 and 1 in turn from the right. */
export function passesEan(text: string): boolean {
  const sum = digitsOf(text)
    .reverse()
    .reduce((total, digit, index) => total + digit * (index % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
}

/** ISO 7064, MOD 11,10: German and Croatian numbers. */
export function passesMod1110(text: string): boolean {
  let product = 10;
  const digits = digitsOf(text);
  for (const digit of digits.slice(0, -1)) {
    const sum = (digit + product) % 10 || 10;
    product = (2 * sum) % 11;
  }
  return (11 - product) % 10 === digits.at(-1);
}

/** ISO 7064, MOD 97,10: letters stand for 10 to 35. */
export function mod97(text: string): number {
  let rest = 0;
  for (const letter of text) {
    const value = Number.parseInt(letter, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest;
}
