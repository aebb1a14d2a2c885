/** A model's vocabulary as a constraint sees it. */
export interface TokenVocabulary {
  /** Width of the logits: ids from 0 to size - 1. */
  readonly size: number;
  /** The bytes an id adds to a text, a leading space included; none for tokens that are no text. */
  bytesOf(id: number): Uint8Array;
  /** Ids that end an answer. */
  readonly endTokens: readonly number[];
  /** Whether an id loses its leading space when it comes first in a text. Byte pieces do not. */
  losesFirstSpace(id: number): boolean;
}

/**
 * Tokens by their bytes, as nodes in depth-first order: the children of a node follow it, and `skip` tells where they end. Node 0 is the root.
 */
export interface TokenTrie {
  readonly byte: Uint8Array;
  /** Bytes from the root to the node, itself included. */
  readonly depth: Uint16Array;
  /** The next node that is not below this one. */
  readonly skip: Int32Array;
  /** Tokens that end at node n: tokens[starts[n]] to tokens[starts[n + 1] - 1]. */
  readonly starts: Int32Array;
  readonly tokens: Int32Array;
  readonly maxDepth: number;
}

interface Entry {
  readonly id: number;
  /** One character per byte: such texts compare as their bytes do, and fast. */
  readonly text: string;
}

const tokensPerStep = 1000; // a millisecond or two

/** Sorts the tokens by their bytes and writes the trie down in one pass, in steps. Tokens without bytes are left out. */
export function* buildTrie(
  vocabulary: TokenVocabulary,
  includes: (bytes: Uint8Array) => boolean = () => true,
): Generator<undefined, TokenTrie> {
  const entries = yield* sortTokens(vocabulary, includes);
  const byte: number[] = [0];
  const depth: number[] = [0];
  const starts: number[] = [0];
  const skip: number[] = [0];
  /** Nodes from the root to the last one written. */
  const path: number[] = [0];
  let before = '';
  const tokens: number[] = [];
  const close = (length: number): void => {
    while (path.length > length + 1) skip[path.pop() as number] = byte.length;
  };
  for (const [place, { id, text }] of entries.entries()) {
    if (place % tokensPerStep === 0) yield;
    close(commonPrefix(before, text));
    for (let index = path.length - 1; index < text.length; index += 1) {
      path.push(byte.length);
      byte.push(text.charCodeAt(index));
      depth.push(index + 1);
      starts.push(tokens.length);
      skip.push(0);
    }
    tokens.push(id); // equal tokens follow each other, so all of a node's are written before the next node is
    before = text;
  }
  close(0);
  skip[0] = byte.length;
  starts.push(tokens.length);
  return {
    byte: Uint8Array.from(byte),
    depth: Uint16Array.from(depth),
    skip: Int32Array.from(skip),
    starts: Int32Array.from(starts),
    tokens: Int32Array.from(tokens),
    maxDepth: depth.reduce((max, value) => Math.max(max, value), 0),
  };
}

function* sortTokens(vocabulary: TokenVocabulary, includes: (bytes: Uint8Array) => boolean): Generator<undefined, readonly Entry[]> {
  const byFirst = Array.from({ length: 256 }, (): Entry[] => []);
  for (let id = 0; id < vocabulary.size; id += 1) {
    if (id % tokensPerStep === 0) yield;
    const bytes = vocabulary.bytesOf(id);
    const [first] = bytes;
    if (first !== undefined && includes(bytes)) (byFirst[first] as Entry[]).push({ id, text: Buffer.from(bytes).toString('latin1') });
  }
  const sorted: Entry[] = [];
  for (const group of byFirst) {
    if (group.length > tokensPerStep / 10) yield;
    group.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    sorted.push(...group);
  }
  return sorted;
}

function commonPrefix(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  let index = 0;
  while (index < length && left[index] === right[index]) index += 1;
  return index;
}
