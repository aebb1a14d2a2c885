import { describe, expect, test } from 'vitest';
import { checkEan, checkIsbn, checkLuhn } from '../../../../src/operations/checks/codes/book-numbers.ts';
import { checkIban } from '../../../../src/operations/checks/codes/iban.ts';
import { checkVatId } from '../../../../src/operations/checks/codes/vat-id.ts';

// Examples that banks, publishers and tax offices print in their own descriptions.
const right = {
  iban: {
    check: checkIban,
    codes: ['DE89 3704 0044 0532 0130 00', 'GB29NWBK60161331926819', 'FR1420041010050500013M02606', 'IBAN: AT611904300234573201'],
  },
  isbn: { check: checkIsbn, codes: ['0-306-40615-2', '978-0-306-40615-7', 'ISBN 080442957X', '9791034304653'] },
  ean: { check: checkEan, codes: ['4006381333931', '96385074', '036000291452'] },
  luhn: { check: checkLuhn, codes: ['4539 1488 0343 6467', '79927398713'] },
  vat: {
    check: checkVatId,
    codes: [
      ...['ATU13585627', 'BE0428759497', 'CZ25123891', 'DE136695976', 'DK13585628', 'EE100931558', 'EL094259216', 'ES B58378431'],
      ...['ES54362315K', 'FI20774740', 'FR40303265045', 'HR33392005961', 'HU12892312', 'IE6433435F', 'IT00743110157', 'LU15027442'],
      ...['MT11679112', 'NL004495445B01', 'PL8567346215', 'PT501964843', 'RO18547290', 'SE123456789701', 'SI50223054', 'SK2022749619'],
    ],
  },
};

for (const [kind, { check, codes }] of Object.entries(right)) {
  describe(kind, () => {
    test.each(codes)('takes %s', (code) => {
      expect(check(code)).toMatchObject({ passes: true });
    });

    test.each(codes)('refuses %s with another digit in each of its places', (code) => {
      const places = [...code.matchAll(/\d/g)].map(({ index }) => index);
      // The last two digits of Dutch ids, and those of Swedish ones, count something else than the check digit does.
      const checked = /^(?:NL|SE)/.test(code) ? places.slice(0, -2) : places;
      const isChanged = checked.map((at) => {
        const other = (Number(code[at]) + 1) % 10;
        return check(code.slice(0, at) + other + code.slice(at + 1)).passes === false;
      });
      // "ISBN 10" and the 978 of a book's EAN are no digits of the number itself, and fall to the form.
      expect(isChanged).toEqual(isChanged.map(() => true));
    });
  });
}

describe('forms', () => {
  test.each([
    ['DE89 3704 0044 0532 0130', checkIban, /22 characters/],
    ['3704 0044', checkIban, /two letters/],
    ['DE12345', checkVatId, /another form/],
    ['123', checkEan, /8 or 13/],
    ['12ab', checkLuhn, /only digits/],
    ['977-0-306-40615-7', checkIsbn, /978 or 979/],
  ] as const)('%s is refused with what its form is', (code, check, reason) => {
    const verdict = check(code);
    expect(verdict.passes).toBe(false);
    expect(verdict.reason).toMatch(reason);
  });

  test('says where only the form of a VAT id was looked at, and judges none of other countries', () => {
    expect(checkVatId('BG175074752')).toEqual({ passes: true, reason: 'its form fits; the check digits of BG are not looked at' });
    expect(checkVatId('US123456789').passes).toBeUndefined();
  });
});
