import { describe, expect, it } from 'vitest';
import type { Tokenizer } from '../../../src/text/tokenizer.ts';
import { bytePieces, head, openVocabulary, type SmallPiece, unused, userDefined } from './small-vocabulary.ts';

/** The pieces a text is cut into, by name. */
function cut(tokenizer: Tokenizer, text: string): string[] {
  return tokenizer.encodeText(text).map((id) => {
    const content = tokenizer.contentOf(id);
    return content.type === 'byte' ? content.byte.toString(16) : content.text;
  });
}

const plain = { dummyPrefix: false };
const letters = (text: string): SmallPiece[] => [...text].map((letter) => [letter, -100]);

describe('merging', () => {
  it('takes the pair with the highest score first', () => {
    const tokenizer = openVocabulary({ pieces: [...head, ...letters('abc'), ['ab', -2], ['bc', -1]], normalizer: plain });
    expect(cut(tokenizer, 'abc')).toEqual(['a', 'bc']);
  });

  it('takes the leftmost pair when scores are equal', () => {
    const tokenizer = openVocabulary({ pieces: [...head, ...letters('abc'), ['bc', -1], ['ab', -1], ['aa', -1]], normalizer: plain });
    expect(cut(tokenizer, 'abc')).toEqual(['ab', 'c']);
    expect(cut(tokenizer, 'aaaaa')).toEqual(['aa', 'aa', 'a']);
  });

  it('reaches a long piece only through shorter ones', () => {
    const withSteps = openVocabulary({ pieces: [...head, ...letters('abcd'), ['ab', -3], ['cd', -2], ['abcd', -1]], normalizer: plain });
    const without = openVocabulary({ pieces: [...head, ...letters('abcd'), ['abcd', -1]], normalizer: plain });
    expect(cut(withSteps, 'abcdabcd')).toEqual(['abcd', 'abcd']);
    expect(cut(without, 'abcd')).toEqual(['a', 'b', 'c', 'd']);
  });

  it('takes an unused piece apart again, into what it was merged from', () => {
    const pieces: SmallPiece[] = [...head, ...letters('abc'), ['ab', -1, unused], ['abc', -2, unused]];
    expect(cut(openVocabulary({ pieces, normalizer: plain }), 'abcab')).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  it('finds a user-defined piece before anything else and never merges it, the longest one where several start', () => {
    const pieces: SmallPiece[] = [...head, ...letters('abcd'), ['bc', 0, userDefined], ['bcd', 0, userDefined], ['ab', -1], ['abc', -1]];
    const tokenizer = openVocabulary({ pieces, normalizer: plain });
    expect(cut(tokenizer, 'abcab')).toEqual(['a', 'bc', 'ab']);
    expect(cut(tokenizer, 'abcd')).toEqual(['a', 'bcd']);
  });

  it('keeps both halves of a surrogate pair together', () => {
    const tokenizer = openVocabulary({ pieces: [...head, ['\u{1f600}', -1], ['a', -2]], normalizer: plain });
    expect(tokenizer.encodeText('\u{1f600}a\u{1f600}')).toEqual([3, 4, 3]);
  });

  it('never produces a control, unknown or byte piece from its name', () => {
    const pieces: SmallPiece[] = [...head, ...bytePieces, ...letters('</s>unk0x41')].filter(
      ([text], index, all) => all.findIndex(([other]) => other === text) === index,
    );
    const tokenizer = openVocabulary({ pieces, byteFallback: true, normalizer: plain });
    for (const name of ['</s>', '<s>', '<unk>', '<0x41>']) expect(cut(tokenizer, name)).toEqual([...name]);
  });
});

describe('characters outside the vocabulary', () => {
  const withBytes = openVocabulary({ pieces: [...head, ...bytePieces, ['a', -1]], byteFallback: true, normalizer: plain });

  it('are spelled in UTF-8 bytes', () => {
    expect(cut(withBytes, 'aéa')).toEqual(['a', 'c3', 'a9', 'a']);
    expect(cut(withBytes, '😀')).toEqual(['f0', '9f', '98', '80']);
  });

  it('include NUL and control characters', () => {
    expect(cut(withBytes, '\u0000\u0001a\u007f')).toEqual(['0', '1', 'a', '7f']);
  });

  it('are one unknown piece for a whole run when there are no byte pieces', () => {
    const tokenizer = openVocabulary({ pieces: [...head, ['a', -1]], normalizer: plain });
    expect(cut(tokenizer, 'xyzaé')).toEqual(['<unk>', 'a', '<unk>']);
  });

  it.each([
    ['a high half at the end', 'a\ud83d'],
    ['a low half at the start', '\ude00a'],
    ['halves in the wrong order', '\ude00\ud83d'],
    ['a high half before a letter', '\ud83da'],
  ])('read a lone surrogate as U+FFFD: %s', (_, text) => {
    expect(withBytes.encodeText(text)).toEqual(withBytes.encodeText(text.replace(/[\ud83d\ude00]/gu, '\ufffd')));
    expect(withBytes.decode(withBytes.encodeText(text))).toContain('\ufffd');
  });
});

describe('spaces', () => {
  const pieces: SmallPiece[] = [...head, ['\u2581', -9], ['a', -10], ['\u2581a', -1]];

  it('become U+2581, with one more in front', () => {
    expect(cut(openVocabulary({ pieces }), 'a  a ')).toEqual(['\u2581a', '\u2581', '\u2581a', '\u2581']);
  });

  it('get none in front when the file says so', () => {
    expect(cut(openVocabulary({ pieces, normalizer: plain }), 'a a')).toEqual(['a', '\u2581a']);
  });

  it('are dropped outside and joined inside when the file says so', () => {
    const tokenizer = openVocabulary({ pieces, normalizer: { removeExtraWhitespaces: true } });
    expect(cut(tokenizer, '  a   a  ')).toEqual(['\u2581a', '\u2581a']);
    expect(cut(tokenizer, '    ')).toEqual([]);
    expect(cut(tokenizer, 'a\u2581')).toEqual(['\u2581a']); // SentencePiece trims after escaping
  });

  it('give nothing for an empty text', () => {
    expect(openVocabulary({ pieces }).encodeText('')).toEqual([]);
  });
});
