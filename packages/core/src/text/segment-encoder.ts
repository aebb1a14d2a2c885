import { MergeQueue } from './merge-queue.ts';
import type { SentencePieceModel } from './sentencepiece-model.ts';
import { parseBytePiece, spaceMark } from './sentencepiece-model.ts';

/** Text without special tokens -> ids, appended to `ids`. */
export type SegmentEncoder = (segment: string, ids: number[]) => void;

const utf8 = new TextEncoder();

/**
 * Builds the encoder of one vocabulary: SentencePiece's BPE, equal to it id for id. Work grows as n log n with the segment's length.
 * A lone surrogate is read as U+FFFD.
 */
export function createSegmentEncoder(model: SentencePieceModel): SegmentEncoder {
  const vocabulary = indexVocabulary(model);
  return (segment, ids) => {
    const text = normalize(segment, model);
    if (text === '') return;
    const { symbols, splits } = mergeSymbols(text, vocabulary);
    writeIds(symbols, splits, vocabulary, ids);
  };
}

interface Vocabulary {
  /** Pieces that merging may form: normal, user-defined and unused ones. */
  readonly mergeable: ReadonlyMap<string, number>;
  /** Pieces that only stand for themselves: unknown, control and byte ones. */
  readonly reserved: ReadonlyMap<string, number>;
  /** By id: 0 for the highest score; equal scores share a rank. */
  readonly ranks: Int32Array;
  readonly unused: ReadonlySet<number>;
  /** By first UTF-16 unit, longest first: text that is never split or merged. */
  readonly userDefined: ReadonlyMap<number, readonly string[]>;
  /** Id of each byte; empty without byte fallback. */
  readonly byteIds: readonly number[];
  readonly unknownId: number;
  /** Longest mergeable piece in UTF-16 units: no need to look longer text up. */
  readonly maxLength: number;
}

function indexVocabulary(model: SentencePieceModel): Vocabulary {
  const mergeable = new Map<string, number>();
  const reserved = new Map<string, number>();
  const unused = new Set<number>();
  const userDefined = new Map<number, string[]>();
  const byteIds: number[] = [];
  let maxLength = 0;
  for (const [id, { text, type }] of model.pieces.entries()) {
    if (type === 'normal' || type === 'user-defined' || type === 'unused') {
      mergeable.set(text, id);
      maxLength = Math.max(maxLength, text.length);
    } else {
      reserved.set(text, id);
    }
    if (type === 'unused') unused.add(id);
    if (type === 'byte') byteIds[parseBytePiece(text) as number] = id; // the parser has checked the spelling
    if (type === 'user-defined') {
      const first = text.charCodeAt(0);
      userDefined.set(first, [...(userDefined.get(first) ?? []), text]);
    }
  }
  for (const texts of userDefined.values()) texts.sort((a, b) => b.length - a.length);
  return { mergeable, reserved, ranks: rankScores(model), unused, userDefined, byteIds, unknownId: model.unknownId, maxLength };
}

function rankScores({ pieces }: SentencePieceModel): Int32Array {
  const scores = Float64Array.from(pieces, (piece) => piece.score);
  const descending = scores.toSorted().reverse();
  const distinct = descending.filter((score, index) => index === 0 || score !== descending[index - 1]);
  return Int32Array.from(scores, (score) => findRank(distinct, score));
}

/** Index of a value that occurs in a descending list. */
function findRank(descending: Float64Array, value: number): number {
  let low = 0;
  let high = descending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((descending[middle] as number) > value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function normalize(segment: string, { hasDummyPrefix, removesExtraSpaces }: SentencePieceModel): string {
  let text = segment.replace(/\p{Surrogate}/gu, '\ufffd');
  // Only U+0020 counts as a space here; tabs and line ends are ordinary characters.
  if (removesExtraSpaces) text = text.replace(/^ +/, '').replace(/ {2,}/g, ' ');
  if (text === '') return '';
  text = (hasDummyPrefix ? spaceMark : '') + text.replaceAll(' ', spaceMark);
  let end = text.length;
  // SentencePiece trims after escaping, so a trailing U+2581 of the text's own goes too.
  while (removesExtraSpaces && text[end - 1] === spaceMark) end -= 1;
  return text.slice(0, end);
}

interface Merged {
  /** The text, cut into its final symbols. */
  readonly symbols: readonly string[];
  /** How each unused piece met on the way came about: such pieces merge but are taken apart again at the end. */
  readonly splits: ReadonlyMap<string, readonly [string, string]>;
}

/** Merges neighbours, best score first and leftmost on ties, until no two of them form a piece. */
function mergeSymbols(text: string, vocabulary: Vocabulary): Merged {
  const { mergeable, ranks, unused, maxLength } = vocabulary;
  const { starts, frozen } = cutSymbols(text, vocabulary);
  const count = starts.length - 1;
  // A doubly linked list over the symbols; a length of 0 marks one that was merged into its left neighbour.
  const lengths = Int32Array.from({ length: count }, (_, i) => (starts[i + 1] as number) - (starts[i] as number));
  const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
  const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
  const queue = new MergeQueue(count);
  const splits = new Map<string, readonly [string, string]>();
  const at = (array: Int32Array | Uint8Array | readonly number[], index: number): number => array[index] as number; // indices stay in range

  const offer = (left: number, right: number): void => {
    if (left < 0 || right < 0 || at(frozen, left) === 1 || at(frozen, right) === 1) return;
    const length = at(lengths, left) + at(lengths, right);
    if (length > maxLength) return;
    const start = at(starts, left);
    const piece = text.slice(start, start + length);
    const id = mergeable.get(piece);
    if (id === undefined) return;
    queue.push(at(ranks, id), left, length);
    if (unused.has(id)) splits.set(piece, [piece.slice(0, at(lengths, left)), piece.slice(at(lengths, left))]);
  };

  for (let right = 1; right < count; right += 1) offer(right - 1, right);
  while (queue.pop()) {
    const { left, length } = queue;
    const right = at(next, left);
    // Out of date when either side was merged meanwhile: then the lengths no longer add up.
    if (at(lengths, left) === 0 || right < 0 || at(lengths, left) + at(lengths, right) !== length) continue;
    lengths[left] = length;
    lengths[right] = 0;
    next[left] = at(next, right);
    if (at(next, left) >= 0) previous[at(next, left)] = left;
    offer(at(previous, left), left);
    offer(left, at(next, left));
  }
  const symbols: string[] = [];
  for (let i = 0; i >= 0; i = at(next, i)) symbols.push(text.slice(at(starts, i), at(starts, i) + at(lengths, i)));
  return { symbols, splits };
}

/** Where each first symbol starts (one character, or a whole user-defined piece, which is frozen); one more entry for the end. */
function cutSymbols(text: string, { userDefined }: Vocabulary): { starts: number[]; frozen: Uint8Array } {
  const starts: number[] = [];
  const frozen = new Uint8Array(text.length);
  let position = 0;
  while (position < text.length) {
    const from = position;
    const piece = userDefined.get(text.charCodeAt(from))?.find((candidate) => text.startsWith(candidate, from));
    if (piece !== undefined) frozen[starts.length] = 1;
    starts.push(from);
    position += piece?.length ?? ((text.codePointAt(from) as number) > 0xffff ? 2 : 1);
  }
  starts.push(text.length);
  return { starts, frozen };
}

function writeIds(symbols: readonly string[], splits: Merged['splits'], vocabulary: Vocabulary, ids: number[]): void {
  const { mergeable, reserved, unused, byteIds, unknownId } = vocabulary;
  let isAfterUnknown = false;
  const pending = symbols.toReversed(); // a stack: the symbol to write next is on top
  for (let symbol = pending.pop(); symbol !== undefined; symbol = pending.pop()) {
    const id = reserved.get(symbol) ?? mergeable.get(symbol) ?? unknownId;
    const split = unused.has(id) ? splits.get(symbol) : undefined;
    if (split !== undefined) {
      pending.push(split[1], split[0]);
      continue;
    }
    if (id === unknownId && byteIds.length > 0) {
      for (const byte of utf8.encode(symbol)) ids.push(byteIds[byte] as number);
    } else if (id !== unknownId || !isAfterUnknown) {
      ids.push(id); // a run of unknown characters is one unknown piece
    }
    isAfterUnknown = id === unknownId;
  }
}
