import { describe, expect, test } from 'vitest';
import { looksLikeSoup } from '../../../src/documents/text-layer/glyph-soup.ts';

describe('looksLikeSoup', () => {
  test.each([
    ['signs in place of letters', '*m>~ k| p |k*~ ~#p~ &qmv $x&z *k+w =v~j <t>r %p@n ^m|l'],
    ['words nobody could say', 'Qtxz wrkl brtz pfzd grthk mnbv xcvb lkjh gfds qwrt zxcv plkj'],
    ['signs between letters', 'th#s is# n~t wh@t s|ands o{ t}he pa=e at al+l re&d it a*s y>ou wi<ll'],
  ])('knows %s', (_, text) => expect(looksLikeSoup(text)).toBe(true));

  test.each([
    ['English', 'Thank you for your order of the second of May. We have sent the goods today.'],
    ['German', 'Rechnungsnummer 4711, zahlbar innerhalb von 30 Tagen ohne Abzug, Größe XXL'],
    ['Czech', 'Strč prst skrz krk. Příliš žluťoučký kůň úpěl ďábelské ódy. Smlouva o dílo číslo 12'],
    ['a table of numbers', '1,234.50 12 % 7,000.00 19 % -3.20 4711 0815 2024-05-02 12:30 1/2 3+4=7'],
    ['an address with signs', 'mail: a.b@example.com, https://example.com/a?b=c&d=e, tel. +49 (0) 30 1234-56'],
    ['Japanese', '請求書番号四七一一 合計金額 一万二千三百四十五円 お支払期限 五月二日までにお振込みください'],
    ['abbreviations', 'BGB HGB StGB GmbH & Co. KG, Nr. 12, Str. 5, PLZ 12345, Tel. 030 4711'],
    ['little text', '#1 *'],
  ])('lets %s be', (_, text) => expect(looksLikeSoup(text)).toBe(false));
});
