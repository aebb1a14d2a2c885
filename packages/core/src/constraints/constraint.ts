import { VisionError } from '@h2ovl/contract';
import type { Frame } from './machine/frames.ts';
import type { MaskState, TokenMasks } from './tokens/token-masks.ts';

/**
 * Which tokens one answer may go on with. It follows the answer token by token; the decode loop asks it and knows no schema.
 */
export interface Constraint {
  /**
   * The tokens that may come next, end tokens included where the text may end: bit `id % 32` of word `id / 32`, 1 = allowed. The array is shared
   * and must not be written to. There is always at least one.
   */
  mask(): Uint32Array;
  /** Goes on with a token. @throws VisionError `INVALID_ARGUMENT` when the mask does not allow it */
  accept(token: number): void;
  /** Takes the last `count` tokens back. */
  rollback(count: number): void;
  /** What must come next whatever the model says. Nothing is accepted by asking. */
  jumpForward(): ForcedJump;
  /** Whether the text so far is complete: nothing needs to follow. */
  readonly isComplete: boolean;
  /** Whether nothing can follow either. */
  readonly isFinished: boolean;
}

/** Text without a choice. */
export interface ForcedJump {
  /** Empty where there is a choice. */
  readonly text: string;
  /** Bytes at its start over which no token reaches that also reaches over its end: how they are cut into tokens is certain. */
  readonly firmBytes: number;
}

interface Place {
  readonly frames: readonly Frame[];
  readonly isStart: boolean;
}

const maxForcedBytes = 4096; // an enum of one value may be long; the rest comes with the next call
const space = 0x20;

/** Follows one answer. The masks are shared between answers. */
export function createConstraint(masks: TokenMasks): Constraint {
  const { machine, prepared } = masks;
  const { vocabulary } = prepared;
  const ends = new Set(vocabulary.endTokens);
  const places: Place[] = [{ frames: machine.start, isStart: true }];
  const last = (): Place => places.at(-1) as Place; // the first is never taken back
  return {
    mask() {
      const { frames, isStart } = last();
      return isStart ? masks.startMask() : masks.maskOf(masks.stateOf(frames));
    },
    accept(token) {
      const next = readToken(last(), token);
      if (next === undefined) throw notAllowed(token);
      places.push({ frames: next, isStart: false });
    },
    rollback(count) {
      if (!Number.isInteger(count) || count < 0 || count >= places.length) {
        throw new VisionError('INVALID_ARGUMENT', `${count} tokens cannot be taken back; ${places.length - 1} were accepted.`);
      }
      places.length -= count;
    },
    jumpForward() {
      const bytes: number[] = [];
      const states: MaskState[] = [];
      let { frames } = last();
      while (frames.length > 0 && bytes.length < maxForcedBytes) {
        const state = masks.stateOf(frames);
        const byte = masks.forcedByte(state);
        if (byte < 0) break;
        states.push(state);
        bytes.push(byte);
        frames = machine.advance(frames, byte);
      }
      const text = decodeWhole(bytes);
      const length = Buffer.byteLength(text);
      let firmBytes = Math.max(0, length - prepared.trie.maxDepth + 1);
      while (firmBytes < length && !reachesOver(masks.maskOf(states[firmBytes] as MaskState), length - firmBytes)) firmBytes += 1;
      return { text, firmBytes };
    },
    get isComplete() {
      return machine.mayEnd(last().frames);
    },
    get isFinished() {
      return last().frames.every(({ kind }) => kind === 'end');
    },
  };

  function readToken({ frames, isStart }: Place, token: number): readonly Frame[] | undefined {
    if (ends.has(token)) return machine.mayEnd(frames) ? [] : undefined;
    const bytes = vocabulary.bytesOf(token);
    if (bytes.length === 0) return undefined;
    // A space alone is allowed there too: vocabularies without a piece for " {" begin an answer with it.
    const start = isStart && bytes[0] === space && vocabulary.losesFirstSpace(token) ? 1 : 0;
    let next = frames;
    for (let index = start; index < bytes.length && next.length > 0; index += 1) next = machine.advance(next, bytes[index] as number);
    return next.length > 0 ? next : undefined;
  }

  /** Whether a token of the mask has more bytes than what is left of a forced text: it then begins with all of that. */
  function reachesOver(mask: Uint32Array, left: number): boolean {
    for (let word = 0; word < mask.length; word += 1) {
      for (let bits = mask[word] as number; bits !== 0; bits &= bits - 1) {
        if (vocabulary.bytesOf(word * 32 + (31 - Math.clz32(bits & -bits))).length > left) return true;
      }
    }
    return false;
  }
}

/** The characters that are complete: several may begin with the same byte. */
function decodeWhole(bytes: readonly number[]): string {
  if (((bytes[0] ?? 0) & 0xc0) === 0x80) return ''; // it begins inside a character: the byte pieces are the model's to write
  let length = bytes.length;
  while (length > 0 && ((bytes[length - 1] as number) & 0xc0) === 0x80) length -= 1;
  const lead = bytes[length - 1] ?? 0;
  const size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  const whole = length - 1 + size <= bytes.length ? bytes.length : length - 1;
  return new TextDecoder().decode(Uint8Array.from(bytes.slice(0, Math.max(whole, 0))));
}

function notAllowed(token: number): VisionError {
  return new VisionError('INVALID_ARGUMENT', `The schema does not allow token ${token} here.`, {
    hint: 'Choose among the tokens of mask().',
  });
}
