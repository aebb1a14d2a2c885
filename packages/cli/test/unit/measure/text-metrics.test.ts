import { describe, expect, it } from 'vitest';
import { countEdits, scoreTexts } from '../../../src/measure/text-metrics.ts';

const score = (text: string, reference: string) => scoreTexts([countEdits(text, reference)]);

describe('error rates of texts', () => {
  it('counts replaced, missing and extra characters over the characters of the reference', () => {
    expect(countEdits('kitten', 'sitting')).toMatchObject({ characterEdits: 3, characters: 7 }); // k>s, e>i, +g
    expect(score('abc', 'abcd').cer).toBe(0.25);
    expect(score('abcde', 'abcd').cer).toBe(0.25);
  });

  it('counts words between any white space', () => {
    expect(countEdits('Total  90.34\nEUR', 'Total 90.84 EUR paid')).toMatchObject({ wordEdits: 2, words: 4 });
    expect(score('one two', 'one two three four').wer).toBe(0.5);
  });

  it('ignores outer white space, the kind of line end and the composition of accents', () => {
    expect(countEdits('  cafe\u0301\r\nau lait\r\n', 'caf\u00e9\nau lait')).toEqual({
      characterEdits: 0,
      characters: 12,
      wordEdits: 0,
      words: 3,
      isExact: true,
    });
  });

  it('counts a character outside the basic plane once', () => {
    expect(countEdits('a', '😀a')).toMatchObject({ characterEdits: 1, characters: 2 });
  });

  it('sees a difference in inner white space as one character and no word', () => {
    expect(countEdits('a  b', 'a b')).toMatchObject({ characterEdits: 1, wordEdits: 0, isExact: false });
  });

  it('adds edits and lengths up before dividing, so that a long text weighs more', () => {
    const counts = [countEdits('x', 'a'), countEdits('abcdefghi', 'abcdefghi')];
    expect(scoreTexts(counts).cer).toBe(0.1); // the mean of the rates would be 0.5
  });

  it('takes silence for an empty reference as right and invention as wrong', () => {
    expect(score('', '')).toEqual({ cer: 0, wer: 0 });
    expect(score('ab', '')).toEqual({ cer: 2, wer: 1 });
    expect(score('', 'ab')).toEqual({ cer: 1, wer: 1 });
  });

  it('scores no texts at all as no errors', () => {
    expect(scoreTexts([])).toEqual({ cer: 0, wer: 0 });
  });
});
