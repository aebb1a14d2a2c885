/** A number of at least 0 as its digits: `12.05` is whole "12", fraction "05". No leading zeros (zero is "0"), no trailing ones. */
export interface Magnitude {
  readonly whole: string;
  readonly fraction: string;
}

/** A decimal number, exact. */
export interface Decimal extends Magnitude {
  readonly isNegative: boolean;
}

/** The shortest decimal that reads back as this number: what JavaScript prints, so 0.1 is one tenth. */
export function decimalOf(value: number): Decimal {
  const [, sign, whole = '0', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? [];
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + shift;
  const padded = point < 0 ? `${'0'.repeat(-point)}${digits}` : digits.padEnd(point, '0');
  const at = Math.max(point, 0);
  const result = { whole: padded.slice(0, at).replace(/^0+/, '') || '0', fraction: padded.slice(at).replace(/0+$/, '') };
  return { ...result, isNegative: sign === '-' && !isZero(result) };
}

export const isZero = ({ whole, fraction }: Magnitude): boolean => whole === '0' && fraction === '';

/** A number in plain notation, without an exponent. */
export function writePlain(value: number): string {
  const { isNegative, whole, fraction } = decimalOf(value);
  return `${isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** A factor as whole number times a power of ten: 0.05 is { factor: 5, places: 2 }, 300 is { factor: 300, places: 0 }. Undefined beyond `largest`. */
export function scaledFactor(value: number, largest: number): { readonly factor: number; readonly places: number } | undefined {
  const { whole, fraction } = decimalOf(value);
  const factor = Number(`${whole}${fraction}`);
  return factor > 0 && factor <= largest ? { factor, places: fraction.length } : undefined;
}
