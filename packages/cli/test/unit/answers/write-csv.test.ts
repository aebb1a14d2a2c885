import { expect, test } from 'vitest';
import { flattenRows, writeCsvLine } from '../../../src/answers/write-csv.ts';

const rows = (value: unknown): unknown[] => flattenRows(value).map((row) => Object.fromEntries(row));

test('gives inner members dotted names and plain lists one cell', () => {
  expect(rows({ shop: { name: 'A', city: null }, total: -1.5, tags: ['x', 2], paid: false })).toEqual([
    { 'shop.name': 'A', 'shop.city': '', total: '-1.5', tags: 'x; 2', paid: 'false' },
  ]);
});

test('makes one row of each entry of a list of objects, with the rest repeated', () => {
  expect(
    rows({
      no: '7',
      items: [
        { n: 1, of: { kg: 2 } },
        { n: 3, of: { kg: 4 } },
      ],
      other: [{ a: 1 }],
    }),
  ).toEqual([
    { no: '7', other: '[{"a":1}]', 'items.n': '1', 'items.of.kg': '2' },
    { no: '7', other: '[{"a":1}]', 'items.n': '3', 'items.of.kg': '4' },
  ]);
});

test('quotes what needs it, and lets no cell be taken for a formula', () => {
  expect(writeCsvLine(['a', 'b,c', 'say "hi"', 'line\nend', '-12.5', '=1+1', '@x', '+49 30'])).toBe(
    `a,"b,c","say ""hi""","line\nend",-12.5,'=1+1,'@x,'+49 30\r\n`,
  );
});
