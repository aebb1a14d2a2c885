import { expect, test } from 'vitest';
import { createHoldBack } from '../../../src/generation/hold-back.ts';
import { createSeededRandom } from '../../../src/generation/seeded-random.ts';

function feed(stops: readonly string[], deltas: readonly string[]): { pieces: string[]; stoppedBy: string | undefined } {
  const holdBack = createHoldBack(stops);
  const pieces: string[] = [];
  for (const delta of deltas) {
    const { text, stoppedBy } = holdBack.push(delta);
    pieces.push(text);
    if (stoppedBy !== undefined) return { pieces, stoppedBy };
  }
  pieces.push(holdBack.flush());
  return { pieces, stoppedBy: undefined };
}

test('passes everything on without stop strings', () => {
  expect(feed([], ['ab', 'c']).pieces).toEqual(['ab', 'c', '']);
});

test('holds what may become a stop string and lets it go when it does not', () => {
  expect(feed(['END'], ['xE', 'N', 'o']).pieces).toEqual(['x', '', 'ENo', '']);
});

test('gives held text out at the end', () => {
  expect(feed(['END'], ['xEN']).pieces).toEqual(['x', 'EN']);
});

test('keeps the stop string and what follows out of the text', () => {
  expect(feed(['END'], ['aE', 'ND', 'b'])).toEqual({ pieces: ['a', ''], stoppedBy: 'END' });
  expect(feed(['END'], ['aENDb'])).toEqual({ pieces: ['a'], stoppedBy: 'END' });
});

test('finds a stop string that begins inside a failed beginning', () => {
  expect(feed(['aab'], ['aa', 'ab'])).toEqual({ pieces: ['', 'a'], stoppedBy: 'aab' });
});

test('the one completed first wins, the longest if two end together', () => {
  expect(feed(['abc', 'b'], ['xabc'])).toEqual({ pieces: ['xa'], stoppedBy: 'b' });
  expect(feed(['c', 'abc'], ['xabc'])).toEqual({ pieces: ['x'], stoppedBy: 'abc' });
  expect(feed(['STOP', 'END'], ['1END2STOP'])).toEqual({ pieces: ['1'], stoppedBy: 'END' });
});

test('works for one character and for line breaks', () => {
  expect(feed(['\n\n'], ['a\n', 'b\n', '\n'])).toEqual({ pieces: ['a', '\nb', ''], stoppedBy: '\n\n' });
  expect(feed(['.'], ['a.'])).toEqual({ pieces: ['a'], stoppedBy: '.' });
});

test('does not cut a character in two that only shares its first half with the stop string', () => {
  expect(feed(['😀'], ['😁', '!']).pieces.join('')).toBe('😁!');
});

test('how the text is cut into deltas makes no difference, and matches a plain search', () => {
  const random = createSeededRandom(11);
  const word = (length: number): string => Array.from({ length }, () => 'ab'[Math.floor(random() * 2)]).join('');
  for (let round = 0; round < 500; round += 1) {
    const stops = Array.from({ length: 1 + Math.floor(random() * 3) }, () => word(2 + Math.floor(random() * 4)));
    const text = word(Math.floor(random() * 25));
    const deltas = text.match(/.{1,3}/g) ?? [];
    const { pieces, stoppedBy } = feed(stops, deltas);
    const ends = stops.map((stop) => ({ stop, end: text.indexOf(stop) < 0 ? Number.POSITIVE_INFINITY : text.indexOf(stop) + stop.length }));
    const first = ends.sort((a, b) => a.end - b.end || b.stop.length - a.stop.length)[0];
    const isFound = first !== undefined && first.end < Number.POSITIVE_INFINITY;
    expect(stoppedBy).toBe(isFound ? first.stop : undefined);
    expect(pieces.join('')).toBe(isFound ? text.slice(0, first.end - first.stop.length) : text);
  }
});
