import { readFileSync } from 'node:fs';
import { CheckpointError, VisionError } from '@h2ovl/contract';
import { describe, expect, it } from 'vitest';
import { parseSentencePieceModel } from '../../../src/text/sentencepiece-model.ts';
import {
  byte,
  bytePieces,
  control,
  head,
  type SmallVocabulary,
  unknown,
  unused,
  userDefined,
  writeVocabulary,
} from './small-vocabulary.ts';

const miniModel = readFileSync(new URL('../../golden/reference/mini-tokenizer.model', import.meta.url));

function errorOf(modelBytes: Uint8Array): CheckpointError {
  try {
    parseSentencePieceModel(modelBytes);
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error(`${modelBytes.length} bytes were accepted`);
}

describe('parseSentencePieceModel', () => {
  it('reads pieces, types, scores and settings as the file has them', () => {
    const model = parseSentencePieceModel(
      writeVocabulary({ pieces: [...head, ['a', -1], ['b', -2.5, unused], ['c', 0, userDefined]], normalizer: { dummyPrefix: false } }),
    );
    expect(model).toEqual({
      pieces: [
        { text: '<unk>', score: 0, type: 'unknown' },
        { text: '<s>', score: 0, type: 'control' },
        { text: '</s>', score: 0, type: 'control' },
        { text: 'a', score: -1, type: 'normal' },
        { text: 'b', score: -2.5, type: 'unused' },
        { text: 'c', score: 0, type: 'user-defined' },
      ],
      hasDummyPrefix: false,
      removesExtraSpaces: false,
      hasByteFallback: false,
      unknownId: 0,
      bosId: 1,
      eosId: 2,
      padId: -1,
    });
  });

  it('finds the unknown, start, end and padding pieces where the file puts them', () => {
    const { unknownId, bosId, eosId, padId } = parseSentencePieceModel(
      writeVocabulary({
        pieces: [
          ['a', 0],
          ['<pad>', 0, control],
          ['</s>', 0, control],
          ['?', 0, unknown],
        ],
      }),
    );
    expect({ unknownId, bosId, eosId, padId }).toEqual({ unknownId: 3, bosId: -1, eosId: 2, padId: 1 });
  });

  it('keeps a byte order mark that is a piece', () => {
    expect(parseSentencePieceModel(writeVocabulary({ pieces: [...head, ['\ufeff', 0]] })).pieces[3]?.text).toBe('\ufeff');
  });

  it('skips fields it does not know', () => {
    const extra = Uint8Array.of(0xa2, 0x06, 0x02, 0x41, 0x42); // field 100, two bytes
    const model = writeVocabulary({ pieces: head });
    expect(parseSentencePieceModel(Uint8Array.from([...extra, ...model])).pieces).toHaveLength(3);
  });

  it.each<[string, SmallVocabulary, RegExp]>([
    ['an empty piece', { pieces: [...head, ['', 0]] }, /piece 3 is empty/],
    ['a piece that is not UTF-8', { pieces: [...head, [Uint8Array.of(0xff), 0]] }, /cannot be read/],
    ['a piece type that does not exist', { pieces: [...head, ['a', 0, 9]] }, /piece 3 has the type 9/],
    ['a score that is not a number', { pieces: [...head, ['a', Number.NaN]] }, /score of piece 3/],
    ['a piece that comes twice', { pieces: [...head, ['a', 0], ['a', -1]] }, /piece 4, "a", was already defined/],
    ['no unknown piece', { pieces: [['a', 0]] }, /none of its 1 pieces/],
    ['no piece at all', { pieces: [] }, /none of its 0 pieces/],
    ['two unknown pieces', { pieces: [...head, ['a', 0, unknown]] }, /pieces 0 and 3/],
    ['a missing byte piece', { pieces: [...head, ...bytePieces.slice(1)], byteFallback: true }, /255 byte pieces/],
    ['byte pieces without byte fallback', { pieces: [...head, ...bytePieces] }, /256 byte pieces although/],
    ['a misspelled byte piece', { pieces: [...head, ['<0xfz>', 0, byte]], byteFallback: true }, /byte piece 3 is "<0xfz>"/],
  ])('refuses %s as MODEL_FILE_CORRUPT', (_, vocabulary, message) => {
    const error = errorOf(writeVocabulary(vocabulary));
    expect(error.code).toBe('MODEL_FILE_CORRUPT');
    expect(error.message).toMatch(message);
    expect(error.file).toBe('tokenizer.model');
    expect(error.hint).toMatch(/SHA-256/);
  });

  it.each<[string, Partial<SmallVocabulary>, RegExp]>([
    ['a unigram model', { modelType: 1 }, /model type unigram/],
    ['a word model', { modelType: 3 }, /model type word/],
    ['a model type without a name', { modelType: 77 }, /model type 77/],
    ['spaces after words', { whitespaceAsSuffix: true }, /treat_whitespace_as_suffix/],
    ['unescaped spaces', { normalizer: { escapeWhitespaces: false } }, /escape_whitespaces/],
    ['a normaliser by name', { normalizer: { name: 'nmt_nfkc' } }, /normalizer "nmt_nfkc"/],
    ['a normaliser by its map', { normalizer: { charsMap: Uint8Array.of(1, 2, 3) } }, /normalizer "identity" \(a map of 3 bytes\)/],
    ['a denormaliser', { denormalizerMap: Uint8Array.of(1, 2) }, /denormalizer "" \(a map of 2 bytes\)/],
  ])('refuses %s as MODEL_UNSUPPORTED, naming it', (_, settings, message) => {
    const error = errorOf(writeVocabulary({ pieces: head, ...settings }));
    expect(error.code).toBe('MODEL_UNSUPPORTED');
    expect(error.message).toMatch(message);
  });

  it('refuses a file cut off at any length', () => {
    const small = writeVocabulary({ pieces: [...head, ['a', -1]] });
    for (let length = 0; length < small.length; length += 1) {
      expect(errorOf(small.subarray(0, length)).code, `${length} of ${small.length} bytes`).toBe('MODEL_FILE_CORRUPT');
    }
    for (let length = 0; length < miniModel.length; length += 37) {
      expect(errorOf(miniModel.subarray(0, length)).code, `${length} of ${miniModel.length} bytes`).toBe('MODEL_FILE_CORRUPT');
    }
  });

  it('says after how many pieces a file ends that was cut between two of them', () => {
    const onePiece = writeVocabulary({ pieces: [['abc', 0]] }).subarray(0, 14); // 2 + 12 bytes
    expect(errorOf(onePiece).message).toMatch(/ends after 1 pieces, without its trainer settings/);
  });

  it('answers any flipped byte with a model or a VisionError, never another error', () => {
    const small = writeVocabulary({ pieces: [...head, ['a', -1]], normalizer: { charsMap: new Uint8Array(0) } });
    let refused = 0;
    for (let index = 0; index < small.length; index += 1) {
      for (const mask of [0x01, 0x02, 0x08, 0x40, 0x80, 0xff]) {
        const damaged = Uint8Array.from(small);
        damaged[index] = (small[index] as number) ^ mask;
        try {
          parseSentencePieceModel(damaged);
        } catch (error) {
          refused += 1;
          expect(VisionError.isInstance(error), `byte ${index} ^ ${mask}: ${error}`).toBe(true);
        }
      }
    }
    expect(refused).toBeGreaterThan(small.length);
  });

  it.each([
    ['nothing', ''],
    ['a text file', 'version https://git-lfs.github.com/spec/v1\noid sha256:dadfd56d\nsize 493443\n'],
    ['JSON', '{"version": "1.0", "model": {"type": "BPE"}}'],
  ])('refuses %s', (_, text) => {
    expect(errorOf(new TextEncoder().encode(text)).code).toBe('MODEL_FILE_CORRUPT');
  });

  it('refuses a file beyond the size of any vocabulary before reading it', () => {
    expect(errorOf(new Uint8Array(64_000_001)).message).toMatch(/64000001 bytes, more than the 64000000/);
  });
});
