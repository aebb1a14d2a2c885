import { describe, expect, test } from 'vitest';
import { listPages, type PageRange } from '../../../src/documents/page-range.ts';

describe('listPages', () => {
  test.each<[PageRange | undefined, number[]]>([
    [undefined, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['1-3,7,-1', [1, 2, 3, 7, 9]],
    ['-2--1', [8, 9]],
    ['8-', [8, 9]],
    ['-3-', [7, 8, 9]],
    [' 2 , 4 - 5 ', [2, 4, 5]],
    ['5,1-6', [5, 1, 2, 3, 4, 6]],
    [
      [3, -1],
      [3, 9],
    ],
  ])('%j of 9 pages', (range, pages) => expect(listPages(range, 9)).toEqual(pages));

  test.each(['', ',', '1-2-3', 'a', '1.5', '0x2', '1;2', '--1', '9-1', '1'.repeat(20_000)])('refuses %j', (range) => {
    expect(() => listPages(range, 9)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', param: 'pages' }));
  });

  test.each(['0', '10', '-10', '1-10', '999999999'])('says that there is no page %s', (range) => {
    expect(() => listPages(range, 9)).toThrow(expect.objectContaining({ code: 'PAGE_NOT_FOUND' }));
  });
});
