import { describe, expect, it } from 'vitest';
import { createDetokenizer } from '../../../src/text/detokenizer.ts';
import type { Tokenizer } from '../../../src/text/tokenizer.ts';
import { bytePieces, head, openVocabulary, type SmallPiece } from './small-vocabulary.ts';

const pieces: SmallPiece[] = [...head, ...bytePieces, ['\u2581', -1], ['\u2581a', -2], ['b', -3], ['\u2581\u2581', -4], ['😀', -5]];
const tokenizer = openVocabulary({ pieces, byteFallback: true }, { '<img>': 264, '<|end|>': 265 });
const [space, spaceA, b, twoSpaces, emoji, image, end] = [259, 260, 261, 262, 263, 264, 265] as const;
const byteIds = (...values: number[]): number[] => values.map((value) => value + 3);
const utf8Ids = (text: string): number[] => byteIds(...new TextEncoder().encode(text));

function deltasOf(ids: readonly number[], source: Tokenizer = tokenizer): string[] {
  const detokenizer = createDetokenizer(source);
  return [...ids.map((id) => detokenizer.push(id)), detokenizer.flush()];
}

describe('createDetokenizer', () => {
  it('gives each piece at once', () => {
    expect(deltasOf([b, spaceA, twoSpaces, emoji])).toEqual(['b', ' a', '  ', '😀', '']);
  });

  it('holds the bytes of a character back until it is complete', () => {
    expect(deltasOf(utf8Ids('é😀'))).toEqual(['', 'é', '', '', '', '😀', '']);
  });

  it('never ends a delta inside a character or between the halves of a surrogate pair', () => {
    const text = 'aé日😀👩‍👩‍👧\u0000z';
    const deltas = deltasOf(utf8Ids(text));
    for (const delta of deltas) expect(delta).toBe(delta.replace(/[\p{Surrogate}\ufffd]/gu, ''));
    expect(deltas.join('')).toBe(text);
  });

  it('gives U+FFFD for each byte of a character that stays unfinished at the end', () => {
    expect(deltasOf(utf8Ids('😀').slice(0, 3))).toEqual(['', '', '', '\ufffd\ufffd\ufffd']);
  });

  it('gives up on an unfinished character when a piece follows', () => {
    expect(deltasOf([...byteIds(0xe2, 0x82), b])).toEqual(['', '', '\ufffd\ufffdb', '']);
  });

  it.each([
    ['a byte that starts nothing', [0x80, 0xff], ['\ufffd', '\ufffd', '']],
    ['a letter inside a sequence', [0xe2, 0x41], ['', '\ufffdA', '']],
    ['a sequence that breaks late', [0xf0, 0x9f, 0x98, 0x41], ['', '', '', '\ufffd\ufffd\ufffdA', '']],
    ['a new start inside a sequence', [0xe2, 0xc3, 0xa9], ['', '\ufffd', 'é', '']],
    ['a longer spelling of a short character', [0xc0, 0x80], ['', '\ufffd\ufffd', '']],
    ['an encoded surrogate', [0xed, 0xa0, 0x80], ['', '', '\ufffd\ufffd\ufffd', '']],
    ['a character beyond U+10FFFF', [0xf4, 0x90, 0x80, 0x80], ['', '', '', '\ufffd\ufffd\ufffd\ufffd', '']],
  ])('replaces invalid UTF-8 byte by byte: %s', (_, values, deltas) => {
    expect(deltasOf(byteIds(...values))).toEqual(deltas);
  });

  it('drops the space of the first piece only, as encoding added it', () => {
    expect(deltasOf([spaceA, spaceA])).toEqual(['a', ' a', '']);
    expect(deltasOf([space, spaceA])).toEqual(['', ' a', '']);
    expect(deltasOf([twoSpaces, spaceA])).toEqual([' ', ' a', '']);
    expect(deltasOf([...utf8Ids('é'), spaceA])).toEqual(['', 'é', ' a', '']);
  });

  it('keeps the first space when encoding adds none', () => {
    const bare = openVocabulary({ pieces, byteFallback: true, normalizer: { dummyPrefix: false } });
    expect(deltasOf([spaceA], bare)).toEqual([' a', '']);
  });

  it('drops the space of every leading piece when encoding trims', () => {
    const trimming = openVocabulary({ pieces, byteFallback: true, normalizer: { removeExtraWhitespaces: true } });
    expect(deltasOf([space, space, spaceA, spaceA], trimming)).toEqual(['', '', 'a', ' a', '']);
  });

  it('skips special tokens as if they were not there', () => {
    expect(deltasOf([image, spaceA, 1, b, end, 2, 0])).toEqual(['', 'a', '', 'b', '', '', '', '']);
    expect(deltasOf([...byteIds(0xc3), end, ...byteIds(0xa9)])).toEqual(['', '', 'é', '']);
  });

  it('writes special tokens by name when asked to, each starting a new text', () => {
    const detokenizer = createDetokenizer(tokenizer, { skipSpecial: false });
    const deltas = [spaceA, end, spaceA, ...byteIds(0xc3), end].map((id) => detokenizer.push(id));
    expect(deltas).toEqual(['a', '<|end|>', 'a', '', '\ufffd<|end|>']);
  });

  it('is ready for a new text after flush', () => {
    const detokenizer = createDetokenizer(tokenizer);
    expect([detokenizer.push(spaceA), detokenizer.flush(), detokenizer.push(spaceA), detokenizer.flush()]).toEqual(['a', '', 'a', '']);
  });

  it('gives nothing for nothing', () => expect(deltasOf([])).toEqual(['']));

  it('refuses an id outside the vocabulary', () => {
    expect(() => createDetokenizer(tokenizer).push(266)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('gives deltas that join to the text of the whole: 500 random lists of ids', () => {
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 500; round += 1) {
      const ids = Array.from({ length: random(20) }, () => (random(3) === 0 ? random(266) : random(5) + 259));
      expect(deltasOf(ids).join('')).toBe(decodeWhole(ids));
    }
  });
});

/** The same rules written down a second time, on the whole list at once and without any state. */
function decodeWhole(ids: readonly number[]): string {
  const parts = ids
    .map((id) => tokenizer.contentOf(id))
    .filter((content) => content.type !== 'special')
    .map((content) => (content.type === 'byte' ? String.fromCharCode(0xe000 + content.byte) : content.text)); // bytes as private characters
  const [first = '', ...rest] = parts;
  return [first.replace(/^\u2581/, ''), ...rest]
    .join('')
    .replaceAll('\u2581', ' ')
    .replace(/[\ue000-\ue0ff]+/g, (run) => decodeRun([...run].map((character) => character.charCodeAt(0) - 0xe000)));
}

function decodeRun(values: readonly number[]): string {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let index = 0; index < values.length; ) {
    const lengths = [1, 2, 3, 4].filter((length) => {
      try {
        return [...strict.decode(Uint8Array.from(values.slice(index, index + length)))].length === 1;
      } catch {
        return false;
      }
    });
    const length = lengths[0] ?? 1;
    text += lengths[0] === undefined ? '\ufffd' : strict.decode(Uint8Array.from(values.slice(index, index + length)));
    index += length;
  }
  return text;
}
