import { expect, it } from 'vitest';
import { alignLetters } from '../../../../src/answer/drafts/align-letters.ts';
import { createSeededRandom } from '../../../../src/generation/seeded-random.ts';

const text = 'invoiceno99,industrialpark';
const endOf = (letters: string, expected: number): string | undefined => {
  const found = alignLetters(text, letters, expected);
  return found && `${text.slice(0, found.place)}|${found.matched}`;
};

it('finds the end behind a sign that was taken for another, put in or left out', () => {
  expect(endOf('invoiceno9g', 11)).toBe('invoiceno99|9');
  expect(endOf('invoicenol99', 12)).toBe('invoiceno99|10');
  expect(endOf('invoicno99', 10)).toBe('invoiceno99|9');
  expect(endOf('1nvoiceno99', 11)).toBe('invoiceno99|9');
});

it('takes no stop for a letter, and no letter for a stop', () => {
  expect(endOf('invoiceno.', 10)).toBe('invoiceno|8');
  expect(endOf('invoicenog', 10)).toBe('invoiceno9|8');
  expect(endOf('invoiceno99.', 12)).toBe('invoiceno99,|10');
});

it('looks four letters to each side of the expected end, as far as there is a text', () => {
  expect(endOf('industrial', 18)).toBe('invoiceno99,industrial|10');
  expect(endOf('industrial', 26)).toBe('invoiceno99,industrial|10');
  for (const expected of [17, 27]) expect(alignLetters(text, 'industrial', expected)?.matched).toBeLessThan(10);
  for (const expected of [50, 1000]) expect(alignLetters(text, 'park', expected)).toBeUndefined();
  expect(alignLetters('', 'park', 0)).toEqual({ place: 0, matched: -4 });
});

/** The best that letters come to beside a part of a text, all of both: what `alignLetters` says of the part before its end, told in another way. */
function compareWhole(letters: string, part: string): number {
  if (letters === '' || part === '') return -letters.length - part.length;
  const [one, other] = [letters.slice(0, -1), part.slice(0, -1)];
  const areAlike = /\w/.test(letters.at(-1) as string) === /\w/.test(part.at(-1) as string);
  const both = letters.at(-1) === part.at(-1) ? 1 : areAlike ? -1 : Number.NEGATIVE_INFINITY;
  return Math.max(compareWhole(one, other) + both, compareWhole(one, part) - 1, compareWhole(letters, other) - 1);
}

it('finds the best of all ends, and of those the nearest (100 drawn cases)', () => {
  const random = createSeededRandom(5);
  const draw = (length: number): string => Array.from({ length }, () => 'ab.'[Math.floor(random() * 3)]).join('');
  for (let drawn = 0; drawn < 100; drawn += 1) {
    const [long, letters, expected] = [draw(7), draw(1 + Math.floor(random() * 4)), Math.floor(random() * 8)];
    const ends = [...`${long}.`].map((_, place) => place).filter((place) => Math.abs(place - expected) <= 4);
    const first = Math.max(0, expected - 4 - letters.length); // so far back it is looked
    const best = ends
      .map((place) => {
        const parts = Array.from({ length: place + 1 }, (_, from) => long.slice(Math.max(first, from), place));
        return { place, matched: Math.max(...parts.map((part) => compareWhole(letters, part))) };
      })
      .sort((a, b) => b.matched - a.matched || Math.abs(a.place - expected) - Math.abs(b.place - expected) || a.place - b.place);
    expect({ long, letters, expected, found: alignLetters(long, letters, expected) }).toEqual({ long, letters, expected, found: best[0] });
  }
});
