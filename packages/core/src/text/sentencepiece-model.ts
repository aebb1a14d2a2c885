import { CheckpointError, VisionError } from '@h2ovl/contract';
import protobuf from 'protobufjs/minimal.js';

/** What a piece of the vocabulary is for: `normal` and `user-defined` pieces are found in text, `byte` pieces spell what no other piece can. */
export type PieceType = 'normal' | 'unknown' | 'control' | 'user-defined' | 'unused' | 'byte';

export interface Piece {
  /** The text as stored: a space is written as U+2581. */
  readonly text: string;
  /** Higher merges first. */
  readonly score: number;
  readonly type: PieceType;
}

/** The parts of a SentencePiece BPE model that encoding and decoding need. A piece's id is its index in `pieces`. */
export interface SentencePieceModel {
  readonly pieces: readonly Piece[];
  /** Whether every text is read as if a space stood before it. */
  readonly hasDummyPrefix: boolean;
  /** Whether outer spaces are dropped and runs of spaces become one. */
  readonly removesExtraSpaces: boolean;
  /** Whether characters outside the vocabulary are spelled with byte pieces; otherwise they become the unknown piece. */
  readonly hasByteFallback: boolean;
  readonly unknownId: number;
  /** -1 where the model has no such piece; the same for the three below. */
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
}

/** SentencePiece writes a space as this character, U+2581. */
export const spaceMark = '\u2581';

const maxModelBytes = 64_000_000; // the largest public vocabularies (256,000 pieces) are under 5 MB
const maxPieces = 2_000_000; // eight times the largest public vocabulary

const pieceTypes: readonly (PieceType | undefined)[] = [undefined, 'normal', 'unknown', 'control', 'user-defined', 'unused', 'byte'];
const modelTypes: readonly (string | undefined)[] = [undefined, 'unigram', 'BPE', 'word', 'char'];
const bpeModelType = 2;

const varint = 0;
const bytes = 2;
const float = 5;

/** The number that stands before a field in the file: which field it is, and how its value is written. */
const tag = (field: number, wire: number): number => field * 8 + wire;

// Field numbers of sentencepiece_model.proto, the published format.
const modelTags = { piece: tag(1, bytes), trainer: tag(2, bytes), normalizer: tag(3, bytes), denormalizer: tag(5, bytes) };
const pieceTags = { text: tag(1, bytes), score: tag(2, float), type: tag(3, varint) };
const trainerTags = {
  modelType: tag(3, varint),
  whitespaceAsSuffix: tag(24, varint),
  byteFallback: tag(35, varint),
  bosPiece: tag(46, bytes),
  eosPiece: tag(47, bytes),
  padPiece: tag(48, bytes),
};
const normalizerTags = {
  name: tag(1, bytes),
  charsMap: tag(2, bytes),
  dummyPrefix: tag(3, varint),
  removeExtraWhitespaces: tag(4, varint),
  escapeWhitespaces: tag(5, varint),
};

/**
 * Reads a `tokenizer.model` file (protobuf). `file` only names it in errors.
 *
 * Throws CheckpointError: MODEL_FILE_CORRUPT when the bytes are cut off, damaged or contradict themselves; MODEL_UNSUPPORTED, naming the
 * setting, when the file is sound but is not a BPE model or asks for a normalisation this library does not have.
 */
export function parseSentencePieceModel(modelBytes: Uint8Array, file = 'tokenizer.model'): SentencePieceModel {
  if (modelBytes.length > maxModelBytes) {
    throw corrupt(file, `it has ${modelBytes.length} bytes, more than the ${maxModelBytes} a vocabulary may have`);
  }
  try {
    return buildModel(readModelFile(modelBytes, file), file);
  } catch (error) {
    if (VisionError.isInstance(error)) throw error;
    throw corrupt(file, `its ${modelBytes.length} bytes cannot be read as a SentencePiece model`, error);
  }
}

interface TrainerSettings {
  modelType: number;
  isWhitespaceSuffix: boolean;
  hasByteFallback: boolean;
  bosPiece: string;
  eosPiece: string;
  padPiece: string;
}

interface NormalizerSettings {
  name: string;
  charsMapBytes: number;
  hasDummyPrefix: boolean;
  removesExtraSpaces: boolean;
  escapesSpaces: boolean;
}

interface ModelFile {
  readonly pieces: Piece[];
  trainer: TrainerSettings | undefined;
  normalizer: NormalizerSettings | undefined;
  denormalizer: NormalizerSettings | undefined;
}

function readModelFile(modelBytes: Uint8Array, file: string): ModelFile {
  const result: ModelFile = { pieces: [], trainer: undefined, normalizer: undefined, denormalizer: undefined };
  readFields(modelBytes, (fieldTag, reader) => {
    switch (fieldTag) {
      case modelTags.piece:
        if (result.pieces.length >= maxPieces) throw corrupt(file, `it has more than ${maxPieces} pieces`);
        result.pieces.push(readPiece(reader.bytes(), result.pieces.length, file));
        return true;
      case modelTags.trainer:
        result.trainer = readTrainer(reader.bytes());
        return true;
      case modelTags.normalizer:
        result.normalizer = readNormalizer(reader.bytes());
        return true;
      case modelTags.denormalizer:
        result.denormalizer = readNormalizer(reader.bytes());
        return true;
      default:
        return false;
    }
  });
  return result;
}

/** Walks the fields of one message. `read` consumes the value of a field it knows and returns true; others are skipped. */
function readFields(message: Uint8Array, read: (fieldTag: number, reader: protobuf.Reader) => boolean): void {
  const reader = new protobuf.Reader(message);
  while (reader.pos < reader.len) {
    const fieldTag = reader.uint32();
    if (fieldTag < 8) throw new RangeError(`field number 0 at byte ${reader.pos}`);
    if (!read(fieldTag, reader)) reader.skipType(fieldTag & 7);
  }
  if (reader.pos !== reader.len) throw new RangeError(`a field ends at byte ${reader.pos} of ${reader.len}`);
}

// fatal: a piece that is not UTF-8 is damage. ignoreBOM: U+FEFF is a piece like any other and must not be swallowed.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function readPiece(message: Uint8Array, id: number, file: string): Piece {
  let text = '';
  let score = 0;
  let type = 1;
  readFields(message, (fieldTag, reader) => {
    if (fieldTag === pieceTags.text) text = utf8.decode(reader.bytes());
    else if (fieldTag === pieceTags.score) score = reader.float();
    else if (fieldTag === pieceTags.type) type = reader.uint32();
    else return false;
    return true;
  });
  const typeName = pieceTypes[type];
  if (text === '') throw corrupt(file, `piece ${id} is empty`);
  if (typeName === undefined) throw corrupt(file, `piece ${id} has the type ${type}; known types are 1 to ${pieceTypes.length - 1}`);
  if (Number.isNaN(score)) throw corrupt(file, `the score of piece ${id} is not a number`);
  return { text, score, type: typeName };
}

function readTrainer(message: Uint8Array): TrainerSettings {
  // An absent field has its default from the format: type 1 (unigram), <s>, </s>, <pad>.
  const settings: TrainerSettings = {
    modelType: 1,
    isWhitespaceSuffix: false,
    hasByteFallback: false,
    bosPiece: '<s>',
    eosPiece: '</s>',
    padPiece: '<pad>',
  };
  readFields(message, (fieldTag, reader) => {
    if (fieldTag === trainerTags.modelType) settings.modelType = reader.uint32();
    else if (fieldTag === trainerTags.whitespaceAsSuffix) settings.isWhitespaceSuffix = reader.bool();
    else if (fieldTag === trainerTags.byteFallback) settings.hasByteFallback = reader.bool();
    else if (fieldTag === trainerTags.bosPiece) settings.bosPiece = utf8.decode(reader.bytes());
    else if (fieldTag === trainerTags.eosPiece) settings.eosPiece = utf8.decode(reader.bytes());
    else if (fieldTag === trainerTags.padPiece) settings.padPiece = utf8.decode(reader.bytes());
    else return false;
    return true;
  });
  return settings;
}

function readNormalizer(message: Uint8Array): NormalizerSettings {
  const settings: NormalizerSettings = { name: '', charsMapBytes: 0, hasDummyPrefix: true, removesExtraSpaces: true, escapesSpaces: true };
  readFields(message, (fieldTag, reader) => {
    if (fieldTag === normalizerTags.name) settings.name = utf8.decode(reader.bytes());
    else if (fieldTag === normalizerTags.charsMap) settings.charsMapBytes = reader.bytes().length;
    else if (fieldTag === normalizerTags.dummyPrefix) settings.hasDummyPrefix = reader.bool();
    else if (fieldTag === normalizerTags.removeExtraWhitespaces) settings.removesExtraSpaces = reader.bool();
    else if (fieldTag === normalizerTags.escapeWhitespaces) settings.escapesSpaces = reader.bool();
    else return false;
    return true;
  });
  return settings;
}

function buildModel({ pieces, trainer, normalizer, denormalizer }: ModelFile, file: string): SentencePieceModel {
  // Both come after the pieces, so a file cut off between two pieces is still well-formed protobuf: this is how it shows.
  if (trainer === undefined || normalizer === undefined) {
    throw corrupt(file, `it ends after ${pieces.length} pieces, without its ${trainer === undefined ? 'trainer' : 'normalizer'} settings`);
  }
  refuseUnknownSettings(trainer, normalizer, denormalizer, file);
  const unknownId = checkPieces(pieces, trainer.hasByteFallback, file);
  const controlId = (text: string): number => pieces.findIndex((piece) => piece.type === 'control' && piece.text === text);
  return {
    pieces,
    hasDummyPrefix: normalizer.hasDummyPrefix,
    removesExtraSpaces: normalizer.removesExtraSpaces,
    hasByteFallback: trainer.hasByteFallback,
    unknownId,
    bosId: controlId(trainer.bosPiece),
    eosId: controlId(trainer.eosPiece),
    padId: controlId(trainer.padPiece),
  };
}

function refuseUnknownSettings(
  trainer: TrainerSettings,
  normalizer: NormalizerSettings,
  denormalizer: NormalizerSettings | undefined,
  file: string,
): void {
  const { modelType } = trainer;
  if (modelType !== bpeModelType) throw unsupported(file, `model type ${modelTypes[modelType] ?? modelType}; this library reads BPE`);
  if (trainer.isWhitespaceSuffix) throw unsupported(file, 'treat_whitespace_as_suffix');
  if (!normalizer.escapesSpaces) throw unsupported(file, 'escape_whitespaces = false');
  const isIdentity = normalizer.charsMapBytes === 0 && (normalizer.name === '' || normalizer.name === 'identity');
  if (!isIdentity) {
    throw unsupported(file, `normalizer "${normalizer.name}" (a map of ${normalizer.charsMapBytes} bytes); this library has "identity"`);
  }
  if (denormalizer !== undefined && denormalizer.charsMapBytes > 0) {
    throw unsupported(file, `denormalizer "${denormalizer.name}" (a map of ${denormalizer.charsMapBytes} bytes)`);
  }
}

/** The rules SentencePiece itself checks when it opens a model. Returns the id of the unknown piece. */
function checkPieces(pieces: readonly Piece[], hasByteFallback: boolean, file: string): number {
  const seen = new Set<string>();
  let unknownId = -1;
  let byteCount = 0;
  for (const [id, { text, type }] of pieces.entries()) {
    if (seen.has(text)) throw corrupt(file, `piece ${id}, "${text}", was already defined`);
    seen.add(text);
    if (type === 'unknown') {
      if (unknownId !== -1) throw corrupt(file, `pieces ${unknownId} and ${id} both claim to be the unknown piece`);
      unknownId = id;
    } else if (type === 'byte') {
      if (parseBytePiece(text) === undefined) throw corrupt(file, `byte piece ${id} is "${text}", not <0x00> to <0xFF>`);
      byteCount += 1;
    }
  }
  if (unknownId === -1) throw corrupt(file, `none of its ${pieces.length} pieces is the unknown piece`);
  if (hasByteFallback && byteCount !== 256) throw corrupt(file, `it has ${byteCount} byte pieces; byte_fallback needs 256`);
  if (!hasByteFallback && byteCount > 0) throw corrupt(file, `it has ${byteCount} byte pieces although byte_fallback is off`);
  return unknownId;
}

/** The byte that a piece like `<0x0A>` stands for; undefined for any other text. */
export function parseBytePiece(text: string): number | undefined {
  return /^<0x[0-9A-F]{2}>$/.test(text) ? Number.parseInt(text.slice(3, 5), 16) : undefined;
}

function corrupt(file: string, what: string, cause?: unknown): CheckpointError {
  return new CheckpointError(
    'MODEL_FILE_CORRUPT',
    `${file} is damaged: ${what}.`,
    { file },
    {
      hint: 'Download the file again and compare its size and SHA-256 with the source.',
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

function unsupported(file: string, setting: string): CheckpointError {
  return new CheckpointError(
    'MODEL_UNSUPPORTED',
    `${file} uses a setting that is not supported: ${setting}.`,
    { file },
    {
      hint: 'Use the tokenizer.model that belongs to an H2OVL-Mississippi checkpoint.',
    },
  );
}
