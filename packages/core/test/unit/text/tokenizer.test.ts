import { describe, expect, it } from 'vitest';
import { createTokenizer } from '../../../src/text/tokenizer.ts';
import { bytePieces, head, openVocabulary, type SmallPiece, unused, userDefined, writeVocabulary } from './small-vocabulary.ts';

const pieces: SmallPiece[] = [...head, ['\u2581', -9], ['a', -10], ['<', -11], ['\u2581a', -1], ['b', -12, unused], ['c', 0, userDefined]];
const open = (addedTokens: Record<string, number>) => openVocabulary({ pieces }, addedTokens);

describe('encode', () => {
  it('finds added tokens, and gives each text between them a space of its own', () => {
    expect(open({ '<img>': 9 }).encode('a<img>a<img><img>')).toEqual([6, 9, 6, 9, 9]);
  });

  it('prefers the longest name where one contains another', () => {
    expect(open({ '<a': 9, '<a>': 10 }).encode('<a><a')).toEqual([10, 9]);
  });

  it('takes names literally', () => {
    const tokenizer = open({ '<|.*|>': 9, 'a+': 10, '[b]\\^$-/': 11 });
    expect(tokenizer.encode('<|.*|>a+[b]\\^$-/')).toEqual([9, 10, 11]);
    expect(tokenizer.encode('aaa')).toEqual([6, 4, 4]);
  });

  it("leaves the vocabulary's own special pieces to the text", () => {
    const tokenizer = openVocabulary({ pieces: [...head, ...bytePieces], byteFallback: true }, { '</s>': 2, '<s>': 1, '<img>': 259 });
    expect(tokenizer.encode('</s>')).not.toContain(2);
    expect(tokenizer.addedTokens).toEqual(['<img>']);
    expect(tokenizer.vocabularySize).toBe(260);
  });

  it('gives nothing for an empty text and works without added tokens', () => {
    expect(open({}).encode('')).toEqual([]);
    expect(open({}).encode('a')).toEqual([6]);
  });
});

describe('encodeText', () => {
  it('parses no special token', () => {
    const tokenizer = openVocabulary({ pieces }, { '<': 9, a: 10 });
    expect(tokenizer.encodeText('a<')).toEqual([6, 5]);
    expect(tokenizer.encode('a<')).toEqual([10, 9]);
  });
});

describe('decode', () => {
  it('leaves special tokens out by default and writes them by name when asked to', () => {
    const tokenizer = open({ '<img>': 9 });
    const ids = tokenizer.encode('a a<img>a');
    expect(tokenizer.decode(ids)).toBe('a a a');
    expect(tokenizer.decode(ids, { skipSpecial: false })).toBe('a a<img>a');
  });

  it('refuses an id outside the vocabulary with both numbers', () => {
    for (const id of [9, -1, 1.5, Number.NaN]) {
      expect(() => open({}).decode([id])).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT', message: `The vocabulary has 9 tokens; there is no id ${id}.` }),
      );
    }
  });
});

describe('what an id is', () => {
  it('says which ids are special: added, control and unknown ones', () => {
    const tokenizer = open({ '<img>': 9 });
    expect(Array.from({ length: 10 }, (_, id) => tokenizer.contentOf(id).type === 'special')).toEqual([
      true,
      true,
      true,
      ...Array(6).fill(false),
      true,
    ]);
  });

  it('gives the bytes of text and byte pieces, and none for special tokens', () => {
    const tokenizer = openVocabulary({ pieces: [...head, ...bytePieces, ['\u2581é', -1]], byteFallback: true }, { '<img>': 260 });
    expect([...tokenizer.pieceBytes(259)]).toEqual([0x20, 0xc3, 0xa9]);
    expect([...tokenizer.pieceBytes(3 + 0xf0)]).toEqual([0xf0]);
    for (const id of [0, 1, 260]) expect(tokenizer.pieceBytes(id)).toHaveLength(0);
  });

  it('knows the id of each added token, and names those it has when one is missing', () => {
    const tokenizer = open({ '<img>': 9, '</img>': 10 });
    expect(tokenizer.idOf('</img>')).toBe(10);
    expect(() => tokenizer.idOf('<|end|>')).toThrow(
      expect.objectContaining({
        code: 'MODEL_UNSUPPORTED',
        message: 'The checkpoint defines no special token <|end|>; it defines </img> <img>.',
      }),
    );
  });

  it('takes start, end and padding ids from the file', () => {
    expect(open({})).toMatchObject({ bosId: 1, eosId: 2, padId: -1, hasDummyPrefix: true, removesExtraSpaces: false });
  });

  it('counts an id that nobody named as special and without text', () => {
    const tokenizer = open({ '<img>': 11 });
    expect(tokenizer.vocabularySize).toBe(12);
    expect(tokenizer.contentOf(10)).toEqual({ type: 'special', text: '' });
  });
});

describe('added tokens that do not fit', () => {
  it.each([
    ['an id that another piece has', { '<img>': 4 }, '"<img>" and "a" both have the id 4'],
    ['one id for two names', { '<img>': 9, '</img>': 9 }, '"</img>" and "<img>" both have the id 9'],
    ['a negative id', { '<img>': -1 }, '"<img>" has the id -1'],
    ['an id that is not whole', { '<img>': 9.5 }, '"<img>" has the id 9.5'],
    ['an id far beyond the vocabulary', { '<img>': 2 ** 31 }, '"<img>" has the id 2147483648; ids are whole numbers from 0 to 100008'],
    ['an empty name', { '': 9 }, 'token 9 has no name'],
  ])('are refused as MODEL_FILE_CORRUPT: %s', (_, addedTokens, message) => {
    const create = () => createTokenizer({ modelBytes: writeVocabulary({ pieces }), addedTokens });
    expect(create).toThrow(
      expect.objectContaining({ code: 'MODEL_FILE_CORRUPT', file: 'added_tokens.json', message: expect.stringContaining(message) }),
    );
  });
});
