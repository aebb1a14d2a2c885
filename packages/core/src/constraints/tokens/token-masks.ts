import { decodingBounds } from '../limits.ts';
import { idle } from '../machine/encoding.ts';
import { end, type Frame } from '../machine/frames.ts';
import { idOf } from '../machine/identify-frame.ts';
import { Machine } from '../machine/machine.ts';
import type { Goal } from '../schema/goal.ts';
import { FrameAbstraction } from './abstract-frame.ts';
import { buildTrie, type TokenTrie, type TokenVocabulary } from './token-trie.ts';

/** A vocabulary made ready for masks; once per model. */
export interface PreparedVocabulary {
  readonly vocabulary: TokenVocabulary;
  readonly trie: TokenTrie;
  /** Tokens with a quote in them: what may end a string. */
  readonly quoteTrie: TokenTrie;
  /** 32-bit words of a mask. */
  readonly words: number;
  /** Tokens that stay inside a string which takes any text, whatever comes after it: these depend on no schema. */
  readonly inside: Uint32Array;
}

const nodesPerStep = 4000; // a few milliseconds
const quote = 0x22;
const space = 0x20;

/** Makes a vocabulary ready, in steps of a few milliseconds: whoever runs them decides what happens in between. */
export function* prepareVocabulary(vocabulary: TokenVocabulary): Generator<undefined, PreparedVocabulary> {
  const words = Math.ceil(vocabulary.size / 32);
  const prepared: PreparedVocabulary = {
    vocabulary,
    trie: yield* buildTrie(vocabulary),
    quoteTrie: yield* buildTrie(vocabulary, (bytes) => bytes.includes(quote)),
    words,
    inside: new Uint32Array(words),
  };
  yield* fillInside(prepared);
  return prepared;
}

function* fillInside(prepared: PreparedVocabulary): Generator<undefined, void> {
  const form = { type: 'string', dfa: undefined, min: 0, max: Number.POSITIVE_INFINITY, isDefaultBound: false } as const;
  const root: Goal = { id: 0, nodes: [], forms: [form], height: 0 };
  const profile = {
    type: 'decoding',
    layout: { indent: undefined, gap: ' ' },
    memberOrder: 'declared',
    bounds: decodingBounds,
    unsupported: 'refuse',
  } as const;
  const machine = new Machine({ root, profile });
  // It needs more characters than any token has, so that tokens which leave it are not among them.
  const need = prepared.trie.maxDepth + 1;
  const frame: Frame = { kind: 'string', form, state: 0, encoding: idle, need, room: Number.POSITIVE_INFINITY, below: end };
  const masks = new TokenMasks(machine, prepared);
  const { trie, inside } = prepared;
  const start = masks.stateOf([frame]);
  let collected = 0;
  for (let node = 1; node < trie.byte.length; node = trie.skip[node] as number) {
    masks.collect(trie, start, inside, node, node);
    collected += (trie.skip[node] as number) - node;
    if (collected < nodesPerStep) continue;
    collected = 0;
    yield;
  }
}

/** A place in a text, as far as one token can tell. */
export interface MaskState {
  readonly frames: readonly Frame[];
  /** The places after each byte, as they are asked for; null: the byte does not fit. */
  next: (MaskState | null | undefined)[] | undefined;
  mask: Uint32Array | undefined;
  /** The one byte that can come; -1 when there is a choice or the text may end. */
  forced: number | undefined;
}

const maxStates = 40_000; // then the tables begin anew: about 40 MB

/** The masks of one schema over one vocabulary, made when they are first needed and kept. */
export class TokenMasks {
  readonly machine: Machine;
  readonly prepared: PreparedVocabulary;
  readonly #abstraction: FrameAbstraction;
  readonly #states = new Map<string, MaskState>();
  readonly #path: MaskState[] = [];
  #startMask: Uint32Array | undefined;

  constructor(machine: Machine, prepared: PreparedVocabulary) {
    this.machine = machine;
    this.prepared = prepared;
    this.#abstraction = new FrameAbstraction(prepared.trie.maxDepth);
  }

  stateOf(frames: readonly Frame[]): MaskState {
    const abstract = frames.map((frame) => this.#abstraction.of(frame));
    const key = abstract.length === 1 ? String(idOf(abstract[0] as Frame)) : abstract.map(idOf).join();
    let state = this.#states.get(key);
    if (state === undefined) {
      if (this.#states.size >= maxStates) this.#clear();
      state = { frames: abstract, next: undefined, mask: undefined, forced: undefined };
      this.#states.set(key, state);
    }
    return state;
  }

  /** One bit per token: bit `id % 32` of word `id / 32`. Shared: not to be written to. */
  maskOf(state: MaskState): Uint32Array {
    state.mask ??= this.#makeMask(state);
    return state.mask;
  }

  /** The mask of an empty text. */
  startMask(): Uint32Array {
    this.#startMask ??= this.#makeStartMask();
    return this.#startMask;
  }

  forcedByte(state: MaskState): number {
    state.forced ??= this.#findForced(state);
    return state.forced;
  }

  #clear(): void {
    this.#states.clear();
    this.#abstraction.clear();
  }

  #advance(state: MaskState, byte: number): MaskState | null {
    state.next ??= new Array<MaskState | null | undefined>(256);
    let next = state.next[byte];
    if (next === undefined) {
      const frames = this.machine.advance(state.frames, byte);
      next = frames.length === 0 ? null : this.stateOf(frames);
      state.next[byte] = next;
    }
    return next;
  }

  #makeMask(state: MaskState): Uint32Array {
    const mask = new Uint32Array(this.prepared.words);
    const [only, ...others] = state.frames;
    if (others.length > 0) {
      // Each branch has a mask of its own, and most of them meet again elsewhere.
      for (const frame of state.frames) unite(mask, this.maskOf(this.stateOf([frame])));
      return mask;
    }
    if (only !== undefined && takesAnyText(only)) {
      mask.set(this.prepared.inside);
      this.collect(this.prepared.quoteTrie, state, mask);
    } else {
      this.collect(this.prepared.trie, state, mask);
    }
    if (this.machine.mayEnd(state.frames)) for (const id of this.prepared.vocabulary.endTokens) setBit(mask, id);
    return mask;
  }

  /** At the start a token may lose its leading space, and then fits by what is left of it. */
  #makeStartMask(): Uint32Array {
    const { trie, vocabulary, words } = this.prepared;
    const start = this.stateOf(this.machine.start);
    const mask = this.maskOf(start).slice();
    const spaced = new Uint32Array(words);
    for (let node = 1; node < trie.byte.length; node = trie.skip[node] as number) {
      if (trie.byte[node] !== space) continue;
      this.collect(trie, start, spaced, node);
      for (const id of trie.tokens.subarray(trie.starts[node], trie.starts[node + 1])) setBit(spaced, id);
    }
    for (let id = 0; id < vocabulary.size; id += 1) if (hasBit(spaced, id) && vocabulary.losesFirstSpace(id)) setBit(mask, id);
    return mask;
  }

  /** Sets the bit of each token whose bytes fit from `start` on, of those below `root`; from the node `first` on, if that is `root` itself. */
  collect(trie: TokenTrie, start: MaskState, mask: Uint32Array, root: number = 0, first: number = root + 1): void {
    const { byte, depth, skip, starts, tokens } = trie;
    const path = this.#path;
    const last = skip[root] as number;
    path[(depth[root] as number) - (first === root ? 1 : 0)] = start;
    for (let node = first; node < last; ) {
      const level = depth[node] as number;
      const next = this.#advance(path[level - 1] as MaskState, byte[node] as number);
      if (next === null) {
        node = skip[node] as number;
        continue;
      }
      path[level] = next;
      for (let index = starts[node] as number; index < (starts[node + 1] as number); index += 1) setBit(mask, tokens[index] as number);
      node += 1;
    }
  }

  #findForced(state: MaskState): number {
    if (this.machine.mayEnd(state.frames)) return -1;
    const [only, ...others] = state.frames;
    if (only?.kind === 'text' && others.length === 0) return only.bytes[only.position] as number;
    let forced = -1;
    for (let byte = 0; byte < 256; byte += 1) {
      if (this.#advance(state, byte) === null) continue;
      if (forced >= 0) return -1;
      forced = byte;
    }
    return forced;
  }
}

/** Whether any character may come, however many follow: then a token that stays inside the string fits. */
function takesAnyText(frame: Frame): boolean {
  if (frame.kind === 'string') {
    const { form, state, encoding, room } = frame;
    return encoding === idle && room === Number.POSITIVE_INFINITY && (form.dfa === undefined || form.dfa.isUniversal(state));
  }
  if (frame.kind !== 'key') return false;
  const { encoding, room, state, object } = frame;
  const isOpen = state >= 0 && object.shape.names?.isUniversal(state) === true;
  return isOpen && encoding === idle && room === Number.POSITIVE_INFINITY;
}

function setBit(mask: Uint32Array, id: number): void {
  mask[id >>> 5] = (mask[id >>> 5] as number) | (1 << (id & 31));
}

function hasBit(mask: Uint32Array, id: number): boolean {
  return (((mask[id >>> 5] as number) >>> (id & 31)) & 1) === 1;
}

function unite(mask: Uint32Array, other: Uint32Array): void {
  for (let word = 0; word < mask.length; word += 1) mask[word] = (mask[word] as number) | (other[word] as number);
}
