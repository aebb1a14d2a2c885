import { CheckpointError, VisionError } from '@h2ovl/contract';
import type { DetokenizerOptions, TokenContent, TokenContents } from './detokenizer.ts';
import { createDetokenizer } from './detokenizer.ts';
import { createSegmentEncoder } from './segment-encoder.ts';
import type { SentencePieceModel } from './sentencepiece-model.ts';
import { parseBytePiece, parseSentencePieceModel, spaceMark } from './sentencepiece-model.ts';

export interface TokenizerOptions {
  /** The content of `tokenizer.model`. */
  readonly modelBytes: Uint8Array;
  /** The content of `added_tokens.json`: special tokens beyond the vocabulary file, by name. */
  readonly addedTokens: Readonly<Record<string, number>>;
}

/** Text <-> token ids, as the slow LlamaTokenizer in legacy mode does it: every text between special tokens starts with a space of its own. */
export interface Tokenizer extends TokenContents {
  /** One more than the largest id. */
  readonly vocabularySize: number;
  /** -1 where the vocabulary has no such token; the same for the two below. */
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  /** The names of the added tokens, longest first: what `encode` finds in text. */
  readonly addedTokens: readonly string[];
  /** Text in which the names of added tokens stand for these tokens: for prompts that this library put together, never for a user's text. */
  encode(text: string): number[];
  /** Text in which nothing is special: `<|end|>` is seven characters. */
  encodeText(text: string): number[];
  /** Ids -> text. Throws INVALID_ARGUMENT for an id outside the vocabulary. */
  decode(ids: Iterable<number>, options?: DetokenizerOptions): string;
  /** The bytes an id adds to a text, a leading space included; none for special tokens. Throws INVALID_ARGUMENT as above. */
  pieceBytes(id: number): Uint8Array;
  /** The id of an added token. Throws MODEL_UNSUPPORTED when the checkpoint does not define it. */
  idOf(special: string): number;
}

/** Throws CheckpointError: MODEL_FILE_CORRUPT or MODEL_UNSUPPORTED, as parseSentencePieceModel does; MODEL_FILE_CORRUPT for contradicting added tokens. */
export function createTokenizer({ modelBytes, addedTokens }: TokenizerOptions): Tokenizer {
  const model = parseSentencePieceModel(modelBytes);
  const idsByName = readAddedTokens(model, addedTokens);
  const contents = listContents(model, idsByName);
  const contentOf = (id: number): TokenContent => {
    const content = contents[id];
    if (content === undefined)
      throw new VisionError('INVALID_ARGUMENT', `The vocabulary has ${contents.length} tokens; there is no id ${id}.`);
    return content;
  };
  const encodeSegment = createSegmentEncoder(model);
  const names = [...idsByName.keys()].sort((a, b) => b.length - a.length);
  const tokenizer: Tokenizer = {
    hasDummyPrefix: model.hasDummyPrefix,
    removesExtraSpaces: model.removesExtraSpaces,
    vocabularySize: contents.length,
    bosId: model.bosId,
    eosId: model.eosId,
    padId: model.padId,
    addedTokens: names,
    contentOf,
    encode: createEncoder(names, idsByName, encodeSegment),
    encodeText: (text) => {
      const ids: number[] = [];
      encodeSegment(text, ids);
      return ids;
    },
    decode: (ids, options) => {
      const detokenizer = createDetokenizer(tokenizer, options);
      let text = '';
      for (const id of ids) text += detokenizer.push(id);
      return text + detokenizer.flush();
    },
    pieceBytes: (id) => bytesOf(contentOf(id)),
    idOf: (special) => {
      const id = idsByName.get(special);
      if (id === undefined) throw missingToken(special, names);
      return id;
    },
  };
  return tokenizer;
}

const maxAddedTokens = 100_000; // real checkpoints add ten; it bounds the ids, and so the memory, that a crafted file can ask for

/** Checks the added tokens against the vocabulary and keeps those beyond it. */
function readAddedTokens(model: SentencePieceModel, addedTokens: Readonly<Record<string, number>>): Map<string, number> {
  const file = 'added_tokens.json';
  const refuse = (what: string): CheckpointError =>
    new CheckpointError(
      'MODEL_FILE_CORRUPT',
      `${file} does not fit tokenizer.model: ${what}.`,
      { file },
      {
        hint: 'Take both files from the same checkpoint.',
      },
    );
  const idsByName = new Map<string, number>();
  const namesById = new Map<number, string>();
  const count = model.pieces.length;
  for (const [name, id] of Object.entries(addedTokens)) {
    if (name === '') throw refuse(`token ${id} has no name`);
    if (!Number.isInteger(id) || id < 0 || id >= count + maxAddedTokens) {
      throw refuse(`"${name}" has the id ${id}; ids are whole numbers from 0 to ${count + maxAddedTokens - 1}`);
    }
    const taken = id < count ? model.pieces[id]?.text : namesById.get(id);
    if (taken !== undefined && taken !== name) throw refuse(`"${name}" and "${taken}" both have the id ${id}`);
    namesById.set(id, name);
    // The vocabulary's own tokens, such as </s>, are listed by some tools. They are ordinary characters in text.
    if (id >= count) idsByName.set(name, id);
  }
  return idsByName;
}

function listContents({ pieces }: SentencePieceModel, addedTokens: ReadonlyMap<string, number>): readonly TokenContent[] {
  const contents = pieces.map(({ text, type }): TokenContent => {
    if (type === 'byte') return { type: 'byte', byte: parseBytePiece(text) as number }; // the parser has checked the spelling
    return { type: type === 'control' || type === 'unknown' ? 'special' : 'text', text };
  });
  for (const [text, id] of [...addedTokens].sort((a, b) => a[1] - b[1])) {
    while (contents.length < id) contents.push({ type: 'special', text: '' }); // an id between two added tokens that nobody named
    contents.push({ type: 'special', text });
  }
  return contents;
}

function createEncoder(
  names: readonly string[],
  idsByName: ReadonlyMap<string, number>,
  encodeSegment: (segment: string, ids: number[]) => void,
): (text: string) => number[] {
  // Longest name first, so that one which contains another wins. The group keeps the separators in the split.
  const pattern = names.length === 0 ? undefined : new RegExp(`(${names.map(escapePattern).join('|')})`);
  return (text) => {
    const ids: number[] = [];
    const parts = pattern === undefined ? [text] : text.split(pattern);
    for (const [index, part] of parts.entries()) {
      if (index % 2 === 1)
        ids.push(idsByName.get(part) as number); // odd parts are the names that the pattern found
      else encodeSegment(part, ids);
    }
    return ids;
  };
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

const utf8 = new TextEncoder();

function bytesOf(content: TokenContent): Uint8Array {
  switch (content.type) {
    case 'text':
      return utf8.encode(content.text.replaceAll(spaceMark, ' '));
    case 'byte':
      return Uint8Array.of(content.byte);
    case 'special':
      return new Uint8Array(0);
    default:
      return content satisfies never;
  }
}

function missingToken(special: string, names: readonly string[]): CheckpointError {
  const known = names.length === 0 ? 'none' : names.join(' ');
  return new CheckpointError(
    'MODEL_UNSUPPORTED',
    `The checkpoint defines no special token ${special}; it defines ${known}.`,
    { file: 'added_tokens.json' },
    { hint: 'Use an H2OVL-Mississippi checkpoint with its own added_tokens.json.' },
  );
}
