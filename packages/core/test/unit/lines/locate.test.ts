import type { LineBox, TextLine } from '@h2ovl/contract';
import { describe, expect, test } from 'vitest';
import { date, money, sentence } from '../../../../dev/src/lines-trial/phrases.ts';
import { Random } from '../../../../dev/src/lines-trial/random.ts';
import { boxOf } from '../../../src/lines/geometry.ts';
import { bestApart } from '../../../src/lines/locate/find-near.ts';
import { locate } from '../../../src/lines/locate/locate.ts';

/** A line of print with ten pixels a letter. */
function line(text: string, x = 0, y = 0, confidence = 0.97): TextLine {
  const at = (from: number, length: number): LineBox =>
    boxOf({ left: x + from * 10, top: y, right: x + (from + length) * 10, bottom: y + 20 });
  const words = [...text.matchAll(/\S+/g)].map((word) => ({ text: word[0], box: at(word.index, word[0].length) }));
  return { text, confidence, box: at(0, text.length), height: 20, words };
}

const page = (...texts: string[]): TextLine[] => texts.map((text, index) => line(text, 0, index * 30));

describe('a value is found', () => {
  test.each([
    ['Müller Söhne', 'An Muller Sohne, Koln'],
    ['Straße 8', 'StraBe 8'],
    ['Straße 8', 'Strasse 8'],
    ['Łódź', 'Lodz'],
    ['Œuvre', 'oeuvre'],
    ['DE12 3456 7890', 'IBAN: DE12345 67890'],
    ['20438', '20438Salem'],
    ['1234.5', 'Total 1.234,50'],
    ['1,234.50', 'Total 1.234,50 EUR'],
    ['1234.50', 'Total EUR 1 234,50'],
    ['90', 'Sum: 90.00'],
    ['149.8', 'Total 149 .80'],
    ['12,50 €', 'Total 12,50'],
    ['2024-03-05', 'Date 05.03.2024'],
    ['2024-03-05', 'Date 3/5/24'],
    ['2024-03-05', 'on 5 March 2024.'],
    ['2024-03-05', 'on March 5th, 2024'],
    ['2024-03-05', 'am 5. März 2024'],
    ['Marketing', 'SaleandMarketingPlan'],
    ['Ａ１２３', 'A123'],
  ])('%j in %j', (value, text) => expect(locate(value, page('Other words', text)).match).toBe('exact'));

  test('over two lines, in a word that was parted, and down a column beside other text', () => {
    expect(locate('an important example', page('this is an impor-', 'tant example of it'))).toMatchObject({
      match: 'exact',
      places: [{ text: 'an impor- tant example', edits: 0, boxes: [expect.anything(), expect.anything()] }],
    });
    const columns = [line('Victoria Road 7', 0, 0), line('Invoice 77', 500, 0), line('20438 Salem', 0, 30), line('Date 1 May', 500, 30)];
    expect(locate('Victoria Road 7, 20438 Salem', columns)).toMatchObject({
      match: 'exact',
      places: [{ text: 'Victoria Road 7 20438 Salem' }],
    });
  });

  test('everywhere, in reading order, with boxes around its words', () => {
    const { places } = locate('4.50', page('Bread 4.50', 'Milk 4,50 each', 'Sum 9.00'));
    expect(places.map(({ text }) => text)).toEqual(['4.50', '4,50']);
    expect(places[1]?.boxes).toEqual([boxOf({ left: 50, top: 30, right: 90, bottom: 50 })]);
  });
});

describe('a value is not found', () => {
  test.each([
    ['234', 'Total 1.234'],
    ['1234', 'Code 51234567'],
    ['123450', 'Total 1,234.50'],
    ['Ann', 'Annual report'],
    ['2024-03-05', 'Date 06.03.2024'],
    ['1,234.50', 'Total 1,234.51'],
  ])('%j in %j', (value, text) => expect(locate(value, page('Some other words', text)).match).not.toBe('exact'));

  test('is near where a fifth of it differs, and says by how much', () => {
    expect(locate('Victoria Road', page('at Vict0ria Road 7'))).toMatchObject({
      match: 'near',
      places: [{ text: 'Vict0ria Road', edits: 1 }],
    });
    expect(locate('Victoria Road', page('Station Square 7')).match).toBe('none');
  });

  test('and not judged where the reader could not have read it', () => {
    for (const value of ['東京都', 'Москва', 'Αθήνα', '€', '']) expect(locate(value, page('Some words')).match).toBe('not-judged');
    expect(locate('Salem', []).match).toBe('not-judged');
    expect(locate('Salem', [line('Sxlxm Hxrdw', 0, 0, 0.76)]).match).toBe('not-judged');
    expect(locate('Salem', page('Hardware')).match).toBe('none');
  });

  test('when it is too long to be looked for', () => {
    expect(() => locate('x'.repeat(501), page('a'))).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'value' }));
  });
});

describe('on any page', () => {
  const random = new Random(7);
  const pages = Array.from({ length: 40 }, () => page(...Array.from({ length: 12 }, () => sentence(random, 50))));

  test('whole words are exact where they stand', () => {
    for (const lines of pages) {
      const at = random.pick(lines);
      const from = random.whole(0, at.words.length - 3);
      const words = at.words.slice(from, from + 3);
      const value = words.map(({ text }) => text).join(random.pick([' ', '', '  ']));
      const { match, places } = locate(random.chance(0.5) ? value.toUpperCase() : value, lines);
      expect(match).toBe('exact');
      expect(places).toContainEqual(
        expect.objectContaining({ edits: 0, boxes: [[words[0]?.box[0], words[2]?.box[1], words[2]?.box[2], words[0]?.box[3]]] }),
      );
    }
  });

  test('what is exact stands on the page, letter for letter', () => {
    const letters = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
    for (const lines of pages) {
      const value = sentence(random, 9);
      const { match, places } = locate(value, lines);
      if (match === 'exact') for (const { text } of places) expect(letters(text)).toContain(letters(value));
      else expect(letters(lines.map(({ text }) => ` ${text} `).join(''))).not.toBe(letters(value));
    }
  });

  test('numbers and dates are found in all their spellings, and others not taken for them', () => {
    for (let count = 0; count < 200; count += 1) {
      const cents = random.whole(100, 99_999_999);
      const other = cents + random.whole(1, 99);
      const spelled = page('Sum', money(cents, random.chance(0.5)));
      expect(locate(cents / 100, spelled).match).toBe('exact');
      expect(locate(money(cents, random.chance(0.5)), spelled).match).toBe('exact');
      expect(locate(other / 100, spelled).match).not.toBe('exact');
      const { iso, written } = date(random);
      expect(locate(iso, page('Date', written)).match).toBe('exact');
    }
  });
});

describe('a page of the same letters over and over', () => {
  test('has its value in many places, each told once', () => {
    const dots = Array.from({ length: 400 }, (_, index) => line('abab'.repeat(60), 0, index * 30));
    const { match, places } = locate('abacaba', dots);
    expect(match).toBe('near');
    expect(places).toHaveLength(400);
    expect(locate('qzqxqzq', dots).match).toBe('none');
  });

  test('is chosen from with work that goes with its parts, not with their square', () => {
    // Five letters each, one letter apart: a tenth of them is chosen, and each of the others has one of these in its way.
    const readsOf = (count: number): number => {
      let reads = 0;
      const parts = Array.from({ length: count }, (_, at) => ({
        get from() {
          reads += 1;
          return at;
        },
        get to() {
          reads += 1;
          return at + 5;
        },
        edits: at % 2,
      }));
      expect(bestApart(parts, count + 5).length).toBeGreaterThan(count / 10);
      return reads;
    };
    // Sorting twice as many takes a little more than twice the work; comparing each with each takes four times as much.
    expect(readsOf(20_000)).toBeLessThan(2.5 * readsOf(10_000));
  });
});
