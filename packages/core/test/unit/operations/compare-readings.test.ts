import { describe, expect, test } from 'vitest';
import { alignWords, compareReadings } from '../../../src/operations/compare-readings.ts';

describe('compareReadings', () => {
  test('of equal texts agrees wholly, also over other lines and cases', () => {
    expect(compareReadings('One two\nthree', 'ONE\ntwo three')).toEqual({
      agreement: 1,
      lines: [
        { text: 'One two', agreement: 1 },
        { text: 'three', agreement: 1 },
      ],
      diff: [{ side: '=', text: 'One two three' }],
    });
  });

  test('of nothing agrees', () => {
    expect(compareReadings('', '')).toEqual({ agreement: 1, lines: [], diff: [] });
  });

  test('shows a line that was left out, and words that were made up', () => {
    const { agreement, lines, diff } = compareReadings('a b\nc d\ne f', 'a b e f g');
    expect(agreement).toBeCloseTo(8 / 11, 9);
    expect(lines.map((line) => line.agreement)).toEqual([1, 0, 1]);
    expect(diff.map(({ side, text }) => `${side}${text}`)).toEqual(['=a b', '-c d', '=e f', '+g']);
  });

  test('finds the longest common order, as a plain table of all lengths does', () => {
    let state = 1;
    const draw = (): string => {
      state = (state * 48_271) % 2_147_483_647;
      return 'abcd'[state % 4] as string;
    };
    for (let round = 0; round < 50; round += 1) {
      const [left, right] = [Array.from({ length: 12 + round }, draw), Array.from({ length: 30 }, draw)];
      const { agreement, diff } = compareReadings(left.join(' '), right.join(' '));
      expect(agreement).toBeCloseTo((2 * longest(left, right)) / (left.length + right.length), 9);
      const side = (marks: string): string[] => diff.flatMap((part) => (marks.includes(part.side) ? part.text.split(' ') : []));
      expect([side('=-'), side('=+')]).toEqual([left, right]);
    }
  });

  test('looks at each pair of words twice and no more, and at 5,000 words of each', () => {
    const words = Array.from({ length: 300 }, (_, index) => `w${(index * 7_919) % 97}`);
    let looked = 0;
    const counted = (list: readonly string[]): readonly string[] =>
      new Proxy(list, {
        get: (target, name) => {
          looked += 1;
          return Reflect.get(target, name) as unknown;
        },
      });
    expect(alignWords(counted(words), counted(words.toReversed())).size).toBeGreaterThan(0);
    expect(looked).toBeGreaterThan(300 * 300);
    expect(looked).toBeLessThan(3 * 300 * 300); // the division looks at all pairs, then at half of them, then at a quarter
    const long = 'word '.repeat(20_000);
    expect(compareReadings(long, long).diff).toEqual([{ side: '=', text: 'word '.repeat(5_000).trimEnd() }]);
  });
});

function longest(left: readonly string[], right: readonly string[]): number {
  const table = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  for (const [i, a] of left.entries()) {
    for (const [j, b] of right.entries()) {
      const row = table[i + 1] as number[];
      row[j + 1] =
        a === b ? ((table[i] as number[])[j] as number) + 1 : Math.max((table[i] as number[])[j + 1] as number, row[j] as number);
    }
  }
  return table[left.length]?.[right.length] as number;
}
