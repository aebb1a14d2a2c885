import { digitsOf, passesEan, passesLuhn, weigh } from './check-digits.ts';
import type { CodeVerdict } from './code-verdict.ts';

const bare = (text: string): string => text.replace(/[\s\u2010-\u2015-]/g, '').toUpperCase();

/** ISBN of 10 or 13 digits. */
export function checkIsbn(text: string): CodeVerdict {
  const code = bare(text).replace(/^ISBN(?:1[03])?:?/, '');
  if (/^\d{9}[\dX]$/.test(code)) {
    const last = code.endsWith('X') ? 10 : Number(code[9]);
    const passes = (weigh(digitsOf(code.slice(0, 9)), [10, 9, 8, 7, 6, 5, 4, 3, 2]) + last) % 11 === 0;
    return { passes, reason: passes ? 'the check digit of ISBN-10 fits' : 'the check digit of ISBN-10 does not fit' };
  }
  if (!/^97[89]\d{10}$/.test(code)) return { passes: false, reason: 'an ISBN has 10 digits, or 13 that begin with 978 or 979' };
  return digitVerdict(passesEan(code), 'ISBN-13');
}

/** EAN-8 and EAN-13 (GTIN), UPC-A among them. */
export function checkEan(text: string): CodeVerdict {
  const code = bare(text);
  if (!/^(?:\d{8}|\d{12,13})$/.test(code)) return { passes: false, reason: 'an EAN has 8 or 13 digits, a UPC 12' };
  return digitVerdict(passesEan(code), code.length === 8 ? 'EAN-8' : 'EAN-13');
}

/** Numbers of cards, and others with Luhn's check digit. */
export function checkLuhn(text: string): CodeVerdict {
  const code = bare(text);
  if (!/^\d{2,40}$/.test(code)) return { passes: false, reason: "a number with Luhn's check digit has only digits, 2 to 40" };
  return digitVerdict(passesLuhn(code), "Luhn's rule");
}

function digitVerdict(passes: boolean, name: string): CodeVerdict {
  return { passes, reason: `the check digit of ${name} ${passes ? 'fits' : 'does not fit'}` };
}
