import protobuf from 'protobufjs/minimal.js';
import { createTokenizer, type Tokenizer } from '../../../src/text/tokenizer.ts';

/** Types as the format numbers them. */
export const normal = 1;
export const unknown = 2;
export const control = 3;
export const userDefined = 4;
export const unused = 5;
export const byte = 6;

export type SmallPiece = readonly [text: string | Uint8Array, score: number, type?: number];

export interface SmallVocabulary {
  readonly pieces: readonly SmallPiece[];
  readonly modelType?: number;
  readonly byteFallback?: boolean;
  readonly whitespaceAsSuffix?: boolean;
  readonly normalizer?: {
    readonly name?: string;
    readonly charsMap?: Uint8Array;
    readonly dummyPrefix?: boolean;
    readonly removeExtraWhitespaces?: boolean;
    readonly escapeWhitespaces?: boolean;
  };
  readonly denormalizerMap?: Uint8Array;
}

/** The three pieces every vocabulary starts with: ids 0, 1, 2. */
export const head: readonly SmallPiece[] = [
  ['<unk>', 0, unknown],
  ['<s>', 0, control],
  ['</s>', 0, control],
];

/** `<0x00>` to `<0xFF>`. */
export const bytePieces: readonly SmallPiece[] = Array.from({ length: 256 }, (_, value) => [
  `<0x${value.toString(16).toUpperCase().padStart(2, '0')}>`,
  0,
  byte,
]);

/** Writes a tokenizer.model file, sound or not, as the vocabulary describes it. */
export function writeVocabulary(vocabulary: SmallVocabulary): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const [text, score, type = normal] of vocabulary.pieces) {
    const piece = writer.uint32(10).fork();
    if (typeof text === 'string') piece.uint32(10).string(text);
    else piece.uint32(10).bytes(text);
    piece.uint32(21).float(score).uint32(24).int32(type).ldelim();
  }
  writer.uint32(18).fork();
  writer.uint32(24).int32(vocabulary.modelType ?? 2);
  writer.uint32(24 * 8).bool(vocabulary.whitespaceAsSuffix ?? false);
  writer.uint32(35 * 8).bool(vocabulary.byteFallback ?? false);
  writer.ldelim();
  const {
    name = 'identity',
    charsMap,
    dummyPrefix = true,
    removeExtraWhitespaces = false,
    escapeWhitespaces = true,
  } = vocabulary.normalizer ?? {};
  writer.uint32(26).fork().uint32(10).string(name);
  if (charsMap !== undefined) writer.uint32(18).bytes(charsMap);
  writer.uint32(24).bool(dummyPrefix).uint32(32).bool(removeExtraWhitespaces).uint32(40).bool(escapeWhitespaces).ldelim();
  if (vocabulary.denormalizerMap !== undefined) writer.uint32(42).fork().uint32(18).bytes(vocabulary.denormalizerMap).ldelim();
  return writer.finish();
}

export function openVocabulary(vocabulary: SmallVocabulary, addedTokens: Record<string, number> = {}): Tokenizer {
  return createTokenizer({ modelBytes: writeVocabulary(vocabulary), addedTokens });
}

/** Every letter, a few words, byte fallback, and the four tokens that prompts need, from id 300. */
export function openPromptVocabulary(): Tokenizer {
  const letters: SmallPiece[] = ['\u2581', ...'abcdefghij'].map((letter, index) => [letter, -10 - index]);
  const pieces: SmallPiece[] = [...head, ...bytePieces, ...letters];
  while (pieces.length < 300) pieces.push([`filler${pieces.length}`, -1000]);
  return openVocabulary({ pieces, byteFallback: true }, { '<img>': 300, '</img>': 301, '<IMG_CONTEXT>': 302, '<|end|>': 303 });
}
