import { expect, it } from 'vitest';
import { EarlierAnswers } from '../../../../src/answer/drafts/earlier-answers.ts';
import type { TileInput } from '../../../../src/model/vision-encoder.ts';

const tiles = (...digests: readonly string[]): readonly TileInput[] =>
  digests.map((digest) => ({ digest, patches: async () => new Float32Array(0) }));
const text = (name: string): string => `${name} ${'of the page '.repeat(10)}`;

it('keeps the last two answers about the same pictures, the latest first', () => {
  const earlier = new EarlierAnswers();
  for (const name of ['first', 'second', 'third', 'second']) earlier.keep(tiles('a', 'b'), text(name));
  expect(earlier.about(tiles('a', 'b'))).toEqual([text('second'), text('third')]);
  expect(earlier.about(tiles('b', 'a'))).toEqual([]);
  expect(earlier.about(tiles('a'))).toEqual([]);
});

it('keeps nothing of answers without pictures, and none that says hardly anything', () => {
  const earlier = new EarlierAnswers();
  earlier.keep(tiles(), text('no picture'));
  earlier.keep(tiles('a'), '42 EUR');
  expect([earlier.about(tiles()), earlier.about(tiles('a'))]).toEqual([[], []]);
});

const listKept = (earlier: EarlierAnswers): readonly (readonly string[])[] =>
  Array.from({ length: 100 }, (_, page) => earlier.about(tiles(`${page}`))).filter((texts) => texts.length > 0);

it('is bounded in pages: those asked about longest ago make room', () => {
  const earlier = new EarlierAnswers();
  for (let page = 0; page < 100; page += 1) {
    earlier.keep(tiles(`${page}`), text(`${page}`));
    earlier.keep(tiles('0'), text(`0, asked about again after ${page}`));
  }
  expect(listKept(earlier)).toHaveLength(32);
  expect(earlier.about(tiles('0'))[0]).toBe(text('0, asked about again after 99'));
  expect(earlier.about(tiles('99'))).toEqual([text('99')]);
});

it('is bounded in memory: answers are kept as far as they are looked through, and so many that they stay below 2 MB', () => {
  const earlier = new EarlierAnswers();
  for (let page = 0; page < 100; page += 1) earlier.keep(tiles(`${page}`), text(`${page}`).repeat(1000));
  const kept = listKept(earlier).flat();
  expect(Math.max(...kept.map(({ length }) => length))).toBe(40_000);
  expect(kept).toHaveLength(25);
  expect(earlier.about(tiles('99'))).not.toEqual([]);
  earlier.keep(tiles('99'), text('short again'));
  earlier.keep(tiles('98'), text('short again'));
  expect(listKept(earlier).flat().length).toBeGreaterThanOrEqual(24);
});

it('forgets everything when it is told to', () => {
  const earlier = new EarlierAnswers();
  earlier.keep(tiles('a'), text('a'));
  earlier.clear();
  expect(earlier.about(tiles('a'))).toEqual([]);
  for (let page = 0; page < 25; page += 1) earlier.keep(tiles(`${page}`), 'x'.repeat(40_000));
  expect(listKept(earlier)).toHaveLength(25); // what was forgotten takes no room
});
