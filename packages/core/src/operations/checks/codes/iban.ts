import { mod97 } from './check-digits.ts';
import type { CodeVerdict } from './code-verdict.ts';

/** Characters of an IBAN by country, as the register of SWIFT lists them. */
const lengths: Readonly<Record<string, number>> = {
  ...{ AD: 24, AE: 23, AL: 28, AT: 20, AZ: 28, BA: 20, BE: 16, BG: 22, BH: 22, BR: 29, BY: 28, CH: 21, CR: 22, CY: 28, CZ: 24 },
  ...{ DE: 22, DK: 18, DO: 28, EE: 20, EG: 29, ES: 24, FI: 18, FO: 18, FR: 27, GB: 22, GE: 22, GI: 23, GL: 18, GR: 27, GT: 28 },
  ...{ HR: 21, HU: 28, IE: 22, IL: 23, IQ: 23, IS: 26, IT: 27, JO: 30, KW: 30, KZ: 20, LB: 28, LI: 21, LT: 20, LU: 20, LV: 21 },
  ...{ MC: 27, MD: 24, ME: 22, MK: 19, MR: 27, MT: 31, MU: 30, NL: 18, NO: 15, PK: 24, PL: 28, PS: 29, PT: 25, QA: 29, RO: 24 },
  ...{ RS: 22, SA: 24, SE: 24, SI: 19, SK: 24, SM: 27, TN: 24, TR: 26, UA: 29, VA: 22, VG: 24, XK: 20 },
};

/** The check digits of ISO 13616, and the length where the country is known. */
export function checkIban(text: string): CodeVerdict {
  const iban = text
    .replace(/[\s\u2010-\u2015-]/g, '')
    .replace(/^IBAN:?/i, '')
    .toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z\d]{11,30}$/.test(iban)) {
    return { passes: false, reason: 'an IBAN has two letters, two digits, and 11 to 30 letters and digits' };
  }
  const country = iban.slice(0, 2);
  const length = lengths[country];
  if (length !== undefined && iban.length !== length) {
    return { passes: false, reason: `an IBAN of ${country} has ${length} characters, not ${iban.length}` };
  }
  const passes = mod97(iban.slice(4) + iban.slice(0, 4)) === 1;
  return { passes, reason: `the check digits of the IBAN ${passes ? 'fit' : 'do not fit'}` };
}
