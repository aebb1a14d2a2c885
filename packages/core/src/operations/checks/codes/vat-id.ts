import { digitsOf, mod97, passesLuhn, passesMod1110, weigh } from './check-digits.ts';
import type { CodeVerdict } from './code-verdict.ts';

interface VatRule {
  /** Behind the letters of the country. */
  readonly form: RegExp;
  /** Whether the check digits fit; undefined for a form that has none we know. Left out where only the form is checked. */
  readonly check?: (code: string) => boolean | undefined;
}

const last = (code: string): number => Number(code.at(-1));
const weighed = (code: string, weights: readonly number[]): number => weigh(digitsOf(code), weights);

/** VAT ids of the European Union. Those without a `check` are held to their form alone. */
const rules: Readonly<Record<string, VatRule>> = {
  AT: { form: /^U\d{8}$/, check: checkAustria },
  BE: { form: /^[01]\d{9}$/, check: (code) => 97 - (Number(code.slice(0, 8)) % 97) === Number(code.slice(8)) },
  BG: { form: /^\d{9,10}$/ },
  CY: { form: /^\d{8}[A-Z]$/ },
  CZ: { form: /^\d{8,10}$/, check: (code) => (code.length === 8 ? checkCzechFirm(code) : undefined) },
  DE: { form: /^\d{9}$/, check: passesMod1110 },
  DK: { form: /^\d{8}$/, check: (code) => weighed(code, [2, 7, 6, 5, 4, 3, 2, 1]) % 11 === 0 },
  EE: { form: /^\d{9}$/, check: (code) => (10 - (weighed(code, [3, 7, 1, 3, 7, 1, 3, 7]) % 10)) % 10 === last(code) },
  EL: { form: /^\d{9}$/, check: (code) => (weighed(code, [256, 128, 64, 32, 16, 8, 4, 2]) % 11) % 10 === last(code) },
  ES: { form: /^[A-Z\d]\d{7}[A-Z\d]$/, check: checkSpain },
  FI: { form: /^\d{8}$/, check: (code) => (11 - (weighed(code, [7, 9, 10, 5, 8, 4, 2]) % 11)) % 11 === last(code) },
  FR: { form: /^[A-HJ-NP-Z\d]{2}\d{9}$/, check: checkFrance },
  HR: { form: /^\d{11}$/, check: passesMod1110 },
  HU: { form: /^\d{8}$/, check: (code) => (10 - (weighed(code, [9, 7, 3, 1, 9, 7, 3]) % 10)) % 10 === last(code) },
  IE: { form: /^(?:\d{7}[A-W][A-IW]?|\d[A-Z+*]\d{5}[A-W])$/, check: checkIreland },
  IT: { form: /^\d{11}$/, check: passesLuhn },
  LT: { form: /^(?:\d{9}|\d{12})$/ },
  LU: { form: /^\d{8}$/, check: (code) => Number(code.slice(0, 6)) % 89 === Number(code.slice(6)) },
  LV: { form: /^\d{11}$/ },
  MT: { form: /^\d{8}$/, check: (code) => 37 - (weighed(code, [3, 4, 6, 7, 8, 9]) % 37) === Number(code.slice(6)) },
  NL: { form: /^\d{9}B\d{2}$/, check: checkNetherlands },
  PL: { form: /^\d{10}$/, check: (code) => weighed(code, [6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 === last(code) },
  PT: { form: /^\d{9}$/, check: (code) => ((11 - (weighed(code, [9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11) % 10 === last(code) },
  RO: { form: /^\d{2,10}$/, check: checkRomania },
  SE: { form: /^\d{10}\d{2}$/, check: (code) => passesLuhn(code.slice(0, 10)) },
  SI: { form: /^\d{8}$/, check: (code) => (11 - (weighed(code, [8, 7, 6, 5, 4, 3, 2]) % 11)) % 10 === last(code) },
  SK: { form: /^\d{10}$/, check: (code) => Number(code) % 11 === 0 },
};

/** The form of a VAT id of the European Union, and its check digits where the rule of its country is here. Ids of other countries are not judged. */
export function checkVatId(text: string): CodeVerdict {
  const id = text.replace(/[\s.\u2010-\u2015-]/g, '').toUpperCase();
  const country = id.startsWith('GR') ? 'EL' : id.slice(0, 2);
  const rule = rules[country];
  if (rule === undefined) return { passes: undefined, reason: 'it does not begin with the letters of a country of the European Union' };
  const code = id.slice(2);
  if (!rule.form.test(code)) return { passes: false, reason: `a VAT id of ${country} has another form` };
  const passes = rule.check?.(code);
  if (passes === undefined) return { passes: true, reason: `its form fits; the check digits of ${country} are not looked at` };
  return { passes, reason: `the check digits of ${country} ${passes ? 'fit' : 'do not fit'}` };
}

function checkAustria(code: string): boolean {
  const sum = digitsOf(code.slice(1, 8)).reduce((total, digit, index) => {
    const twice = index % 2 === 1 ? 2 * digit : digit;
    return total + (twice > 9 ? twice - 9 : twice);
  }, 0);
  return (10 - ((sum + 4) % 10)) % 10 === last(code);
}

function checkCzechFirm(code: string): boolean {
  const rest = (11 - (weighed(code, [8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
  return (rest === 0 ? 1 : rest % 10) === last(code);
}

/** The key before a SIREN; keys with letters belong to a newer rule, of which only the form is checked. */
function checkFrance(code: string): boolean | undefined {
  if (!/^\d+$/.test(code)) return undefined;
  return (12 + 3 * (Number(code.slice(2)) % 97)) % 97 === Number(code.slice(0, 2));
}

/** NIF and NIE of persons, CIF of firms. */
function checkSpain(code: string): boolean | undefined {
  const letters = 'TRWAGMYFPDXBNJZSQVHLCKE';
  if (/^[\dXYZ]\d{7}[A-Z]$/.test(code)) {
    const number = Number(code.slice(0, 8).replace('X', '0').replace('Y', '1').replace('Z', '2'));
    return letters[number % 23] === code[8];
  }
  if (!/^[ABCDEFGHJNPQRSUVW]/.test(code)) return undefined; // K, L and M: persons without a NIF
  const sum = digitsOf(code.slice(1, 8)).reduce((total, digit, index) => {
    const twice = index % 2 === 0 ? 2 * digit : digit;
    return total + (twice > 9 ? twice - 9 : twice);
  }, 0);
  const check = (10 - (sum % 10)) % 10;
  return code[8] === String(check) || code[8] === 'JABCDEFGHI'[check];
}

function checkIreland(code: string): boolean | undefined {
  if (!/^\d{7}/.test(code)) return undefined; // the form of before 2013
  const second = code[8] === undefined || code[8] === 'W' ? 0 : code.charCodeAt(8) - 64;
  return 'WABCDEFGHIJKLMNOPQRSTUV'[(weighed(code, [8, 7, 6, 5, 4, 3, 2]) + 9 * second) % 23] === code[7];
}

/** Of firms the old rule on the first nine digits; of persons, since 2020, the remainder of the whole. */
function checkNetherlands(code: string): boolean {
  return weighed(code, [9, 8, 7, 6, 5, 4, 3, 2]) % 11 === Number(code[8]) || mod97(`NL${code}`) === 1;
}

function checkRomania(code: string): boolean {
  const padded = code.padStart(10, '0');
  return ((weighed(padded, [7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10) % 11) % 10 === last(padded);
}
